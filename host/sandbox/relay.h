/* Connections that are passed on: bytes both ways, until both sides have
** ended. */
#ifndef PERILUNE_SANDBOX_RELAY_H
#define PERILUNE_SANDBOX_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RELAY_LINKS = 400, RELAY_POLLS = 2 * RELAY_LINKS };

/* Zeroed is valid: no link. */
typedef struct Relay {
  struct Link *links[RELAY_LINKS];
  size_t count;
  bool full; /* no descriptor was left for one more link */
} Relay;

/* Whether one more may be accepted. */
bool relay_has_room(const Relay *relay);

/* Accepts who waits at a listener and links it to 127.0.0.1:port; who cannot
** be linked is turned away. Where no descriptor is left nobody is accepted, and
** there is no room until a link has ended. */
void relay_accept(Relay *relay, int listener, uint16_t port);

/* What to wait for: fills in at most RELAY_POLLS, and returns how many. */
size_t relay_wants(const Relay *relay, struct pollfd *polls);

/* Moves what can be moved, after poll(2) has filled in `polls`. */
void relay_move(Relay *relay, const struct pollfd *polls);

void relay_close(Relay *relay);

#endif
