// What the probes of one program share.
#pragma once

// Both end the program when something is not as expected: `call` failed, or `what` does not hold.
long must(const char *call, long result);
void must_be(const char *what, int holds);

// probe_kernel.c: what kernels of docker hosts have.
void probe_uring(void);
void probe_userfaultfd(void);
void probe_hugetlb(void);
void probe_secret(void);
void probe_ipc(void);
void probe_core(void);
void probe_keys(void);
void probe_dnotify(void);
void probe_kcmp(void);
void probe_thp(void);
void probe_vsyscall(void);

// probe_files.c: what file systems take.
void probe_xattrs(void);
void probe_acls(void);
void probe_direct(void);

// probe_network.c: devices, queues and packet filters.
void probe_links(void);
void probe_tun(void);
void probe_queues(void);
void probe_nftables(void);
void probe_iptables(void);
