/* What a C program does with hosts, short enough for each call to fail. */
#ifndef PERILUNE_SPEC_FAULTS_EMBED_H
#define PERILUNE_SPEC_FAULTS_EMBED_H

/* An exit code: 0, or that of faults_outcome for the first that failed. */
int embed_hosts(void);

/* The exit code of a failure that came with this message (calls.c). */
int faults_outcome(const char *message);

#endif
