#ifndef PERILUNE_CHILD_H
#define PERILUNE_CHILD_H
#define CHILD_COMMAND "--perilune-child"
int child_main(int argc, char **argv);
#endif
