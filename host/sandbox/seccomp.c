/* System calls that are refused: those that reach other processes, change what
** is mounted or which namespace it is, or have been ways into the kernel, and
** those that are younger than this list. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox/layers.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "seccomp.c does not know this architecture"
#endif

enum {
  LONGEST_FILTER = 512,
  YOUNGEST = SYS_set_mempolicy_home_node, /* the last one that was looked at */
  NOEXEC_SEAL = 8,                        /* MFD_NOEXEC_SEAL */
  SOCKET_KIND = ~(SOCK_CLOEXEC | SOCK_NONBLOCK),
};

static const int refused[] = {
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    SYS_process_mrelease,
    SYS_move_pages,
    SYS_migrate_pages,
    /* It would hide from who counts and ends the processes of a session. */
    SYS_setsid,
    /* mounts, namespaces */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_quotactl,
    SYS_quotactl_fd,
    /* much kernel behind a narrow door */
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_personality,
    SYS_memfd_secret,
    SYS_vhangup,
    /* a file without a name run as a program */
    SYS_execveat,
    /* memory and queues that outlive a process */
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_semget,
    SYS_semctl,
    SYS_semop,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_mq_open,
    SYS_mq_unlink,
    /* the machine's */
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_acct,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
    SYS_ustat,
    SYS_lookup_dcookie,
#endif
};

typedef struct Filter {
  struct sock_filter code[LONGEST_FILTER];
  unsigned short length;
} Filter;

static void add(Filter *filter, unsigned code, uint32_t value, unsigned yes,
                unsigned no) {
  filter->code[filter->length++] = (struct sock_filter){
      (unsigned short)code, (unsigned char)yes, (unsigned char)no, value};
}

static void load(Filter *filter, size_t offset) {
  add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The lower half: on these architectures it comes first. */
static void load_argument(Filter *filter, unsigned index) {
  load(filter, offsetof(struct seccomp_data, args) + index * sizeof(uint64_t));
}

static void load_number(Filter *filter) {
  load(filter, offsetof(struct seccomp_data, nr));
}

static void give(Filter *filter, uint32_t action) {
  add(filter, BPF_RET | BPF_K, action, 0, 0);
}

static uint32_t error(int number) {
  return SECCOMP_RET_ERRNO | ((uint32_t)number & SECCOMP_RET_DATA);
}

static void refuse(Filter *filter, long number, int with) {
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
  give(filter, error(with));
}

/* Refuses a call one of whose arguments, masked, is the value, or (`unless`) is
** another. */
static void refuse_argument(Filter *filter, long number, unsigned index,
                            uint32_t mask, uint32_t value, bool unless) {
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 5);
  load_argument(filter, index);
  add(filter, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, value, unless, !unless);
  give(filter, error(EPERM));
  load_number(filter);
}

/* Sockets: pairs, which name nobody; and TCP, if wanted. */
static void refuse_sockets(Filter *filter, bool network) {
  if (!network) {
    refuse(filter, SYS_socket, EACCES);
    return;
  }
  refuse_argument(filter, SYS_socket, 1, (uint32_t)SOCKET_KIND, SOCK_STREAM,
                  true);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5);
  load_argument(filter, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
  give(filter, error(EACCES));
  load_number(filter);
}

/* Files without a name must not become programs, where the kernel can tell. */
static void refuse_programs(Filter *filter) {
  int fd = memfd_create("perilune", NOEXEC_SEAL | MFD_CLOEXEC);
  if (fd < 0) return;
  close(fd);
  refuse_argument(filter, SYS_memfd_create, 1, NOEXEC_SEAL, NOEXEC_SEAL, true);
}

static void refuse_namespaces(Filter *filter) {
  static const uint32_t kinds[] = {CLONE_NEWUSER,  CLONE_NEWNS,  CLONE_NEWPID,
                                   CLONE_NEWNET,   CLONE_NEWIPC, CLONE_NEWUTS,
                                   CLONE_NEWCGROUP};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    refuse_argument(filter, SYS_clone, 0, kinds[i], kinds[i], false);
  /* Its flags are behind a pointer. libc then uses clone. */
  refuse(filter, SYS_clone3, ENOSYS);
}

/* Input for the terminal, as if somebody had typed it. */
static void refuse_typing(Filter *filter) {
  enum { TERMINAL_LINUX = 0x541c }; /* TIOCLINUX */
  refuse_argument(filter, SYS_ioctl, 1, UINT32_MAX, TIOCSTI, false);
  refuse_argument(filter, SYS_ioctl, 1, UINT32_MAX, TERMINAL_LINUX, false);
}

/* It is to die with its parent, and nothing else may be asked for. */
static void refuse_survival(Filter *filter) {
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 6);
  load_argument(filter, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PDEATHSIG, 0, 3);
  load_argument(filter, 1);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, SIGKILL, 1, 0);
  give(filter, error(EPERM));
  load_number(filter);
}

static void check_architecture(Filter *filter) {
  load(filter, offsetof(struct seccomp_data, arch));
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  give(filter, SECCOMP_RET_KILL_PROCESS);
  load_number(filter);
  add(filter, BPF_JMP | BPF_JGT | BPF_K, YOUNGEST, 0, 1);
  give(filter, error(ENOSYS));
}

static void build(Filter *filter, bool network) {
  check_architecture(filter);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    refuse(filter, refused[i], EPERM);
  refuse_namespaces(filter);
  refuse_sockets(filter, network);
  refuse_programs(filter);
  refuse_typing(filter);
  refuse_survival(filter);
  give(filter, SECCOMP_RET_ALLOW);
}

int seccomp_enter(bool network) {
  Filter filter;
  filter.length = 0;
  build(&filter, network);
  struct sock_fprog program = {filter.length, filter.code};
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  return result == 0 ? 0 : errno;
}
