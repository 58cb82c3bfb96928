/* libcurl's sockets, and what it wants to hear of them, as epoll is told. Each
** has an owner: a number that its events come with. */
#ifndef PERILUNE_FETCH_SOCKETS_H
#define PERILUNE_FETCH_SOCKETS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SocketState {
  uint8_t flags; /* see sockets.c */
  uint8_t owner;
} SocketState;

typedef struct Sockets {
  int epoll;           /* readable when there are events */
  SocketState *states; /* by descriptor */
  size_t room;
} Sockets;

typedef struct SocketEvent {
  int descriptor;
  int what; /* of CURL_CSELECT_* */
  uint8_t owner;
} SocketEvent;

enum { SOCKETS_EVENTS = 256 }; /* that come at once, at most */

/* False with errno. */
bool sockets_open(Sockets *sockets);
void sockets_close(Sockets *sockets);

/* A CURLOPT_OPENSOCKETFUNCTION (CURL_SOCKET_BAD: with errno) and a
** CURLOPT_CLOSESOCKETFUNCTION whose data are Sockets. */
curl_socket_t sockets_make(void *data, curlsocktype purpose,
                           struct curl_sockaddr *address);
int sockets_drop(void *data, curl_socket_t descriptor);

/* `what` is one of CURL_POLL_*. False with errno: the socket is not watched. */
bool sockets_want(Sockets *sockets, int descriptor, int what, uint8_t owner);

/* Tries what was refused once more. False with errno: a socket of that owner is
** refused again, and given up. */
bool sockets_want_again(Sockets *sockets, uint8_t *owner);

/* Waits for up to so many ms, -1: without end; a signal ends it. Returns how
** many events there are. */
size_t sockets_wait(Sockets *sockets, SocketEvent *events, int ms);

#endif
