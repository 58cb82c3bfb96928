/* The way from a network of the sandbox's own to ports outside: who listens
** inside was made there, but is held by the supervisor. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

static int raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
  close(fd);
  return error;
}

static int listen_on(uint16_t port, int *fd) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*fd < 0) return errno;
  if (bind(*fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(*fd, SOMAXCONN) != 0)
    return errno;
  return 0;
}

int ports_open(Sandbox *sandbox, const SandboxPolicy *policy) {
  if (policy->port_count == 0) return 0;
  int error = raise_loopback();
  for (size_t i = 0; !error && i < policy->port_count; i++) {
    error = listen_on(policy->ports[i], &sandbox->listeners[i]);
    sandbox->ports[i] = policy->ports[i];
    sandbox->listener_count = i + 1;
  }
  return error;
}
