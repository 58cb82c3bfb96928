/* Connections that are passed on: bytes both ways, until both sides have
** ended. */
#ifndef PERILUNE_SANDBOX_RELAY_H
#define PERILUNE_SANDBOX_RELAY_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

enum { RELAY_LINKS = 400, RELAY_POLLS = 2 * RELAY_LINKS };

/* Zeroed is valid: no link. */
typedef struct Relay {
  struct Link *links[RELAY_LINKS];
  size_t count;
} Relay;

/* Accepts who waits at a listener and links it to 127.0.0.1:port. With
** RELAY_LINKS of them, one is turned away. */
void relay_accept(Relay *relay, int listener, uint16_t port);

/* What to wait for: fills in at most RELAY_POLLS, and returns how many. */
size_t relay_wants(const Relay *relay, struct pollfd *polls);

/* Moves what can be moved, after poll(2) has filled in `polls`. */
void relay_move(Relay *relay, const struct pollfd *polls);

void relay_close(Relay *relay);

#endif
