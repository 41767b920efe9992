// What programs that make networks for containers ask the kernel for: needs CAP_NET_ADMIN.
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// A message of netlink under way: a header, the family's own header, attributes.
struct request {
  union {
    struct nlmsghdr header;
    char bytes[512];
  };
};

static struct request begin(unsigned type, unsigned flags, const void *own, size_t size) {
  struct request request = {.header = {.nlmsg_len = (unsigned)(NLMSG_HDRLEN + NLMSG_ALIGN(size)),
                                       .nlmsg_type = (unsigned short)type,
                                       .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags)}};
  memcpy(NLMSG_DATA(&request), own, size);
  return request;
}

static struct nlattr *add(struct request *request, unsigned type, const void *value, size_t size) {
  struct nlattr *attribute = (struct nlattr *)(request->bytes + request->header.nlmsg_len);
  attribute->nla_type = (unsigned short)type;
  attribute->nla_len = (unsigned short)(NLA_HDRLEN + size);
  memcpy((char *)attribute + NLA_HDRLEN, value, size);
  request->header.nlmsg_len += (unsigned)NLA_ALIGN(attribute->nla_len);
  return attribute;
}

static void add_text(struct request *request, unsigned type, const char *text) {
  add(request, type, text, strlen(text) + 1);
}

static void end_nested(struct request *request, struct nlattr *nested) {
  nested->nla_len = (unsigned short)(request->bytes + request->header.nlmsg_len - (char *)nested);
}

// Sends, and reads the answer: an acknowledgement, or what was asked for.
static void send_and_hear(const char *what, int family, const void *data, size_t size) {
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[1024];
  } answer;
  const int netlink = (int)must(what, socket(AF_NETLINK, SOCK_RAW, family));
  must(what, send(netlink, data, size, 0));
  must(what, recv(netlink, &answer, sizeof answer, 0));
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error != 0) {
    errno = -answer.error.error;
    must(what, -1);
  }
  close(netlink);
}

static void make_link(const char *kind) {
  struct ifinfomsg own = {.ifi_family = AF_UNSPEC};
  struct request request = begin(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &own, sizeof own);
  add_text(&request, IFLA_IFNAME, kind);
  struct nlattr *info = add(&request, IFLA_LINKINFO, NULL, 0);
  add_text(&request, IFLA_INFO_KIND, kind);
  end_nested(&request, info);
  send_and_hear(kind, NETLINK_ROUTE, &request, request.header.nlmsg_len);
}

void probe_links(void) {
  make_link("veth");
  make_link("bridge");
  make_link("dummy");
  must("bridge-nf-call-iptables", access("/proc/sys/net/bridge/bridge-nf-call-iptables", R_OK));
}

void probe_tun(void) {
  enum { MISC = 10, TUN = 200 };
  struct ifreq request = {.ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI};
  must("mknod", mknod("/dev/tun", S_IFCHR | 0600, makedev(MISC, TUN)));
  must("TUNSETIFF", ioctl((int)must("/dev/tun", open("/dev/tun", O_RDWR)), TUNSETIFF, &request));
}

static void make_queue(const char *kind, const void *options, size_t size) {
  enum { LOOPBACK = 1 };
  struct tcmsg own = {.tcm_family = AF_UNSPEC, .tcm_ifindex = LOOPBACK, .tcm_parent = TC_H_ROOT};
  struct request request = begin(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &own, sizeof own);
  add_text(&request, TCA_KIND, kind);
  if (size > 0)
    add(&request, TCA_OPTIONS, options, size);
  send_and_hear(kind, NETLINK_ROUTE, &request, request.header.nlmsg_len);
}

void probe_queues(void) {
  const struct tc_netem_qopt netem = {.latency = 1, .limit = 1000};
  const struct tc_prio_qopt prio = {.bands = 3, .priomap = {1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}};
  make_queue("fq_codel", NULL, 0);
  make_queue("sfq", NULL, 0);
  make_queue("prio", &prio, sizeof prio);
  make_queue("netem", &netem, sizeof netem);
}

static struct nfgenmsg of_family(int family, unsigned short resource) {
  return (struct nfgenmsg){.nfgen_family = (unsigned char)family, .res_id = (unsigned short)(resource << 8)};
}

// iptables asks for what it needs in this way: is there such a match or target?
static void must_know(const char *extension, unsigned version, unsigned is_target) {
  const struct nfgenmsg own = of_family(AF_INET, 0);
  const unsigned network_order_target = is_target << 24, revision = version << 24;
  struct request request = begin(NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET, 0, &own, sizeof own);
  add_text(&request, NFTA_COMPAT_NAME, extension);
  add(&request, NFTA_COMPAT_REV, &revision, sizeof revision);
  add(&request, NFTA_COMPAT_TYPE, &network_order_target, sizeof network_order_target);
  send_and_hear(extension, NETLINK_NETFILTER, &request, request.header.nlmsg_len);
}

// A table with a chain of type nat, made in one transaction.
void probe_nftables(void) {
  static const struct {
    const char *name;
    unsigned version, is_target;
  } extensions[] = {
      {"addrtype", 1, 0},  {"comment", 0, 0},    {"conntrack", 3, 0}, {"limit", 0, 0},  {"mark", 1, 0},
      {"multiport", 1, 0}, {"state", 0, 0},      {"tcp", 0, 0},       {"DNAT", 1, 1},   {"SNAT", 1, 1},
      {"MARK", 2, 1},      {"MASQUERADE", 0, 1}, {"REDIRECT", 0, 1},  {"REJECT", 0, 1},
  };
  const struct nfgenmsg inet = of_family(NFPROTO_INET, 0), batch = of_family(AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  const unsigned hook = NF_INET_POST_ROUTING << 24, priority = 100u << 24;
  struct request parts[4] = {
      begin(NFNL_MSG_BATCH_BEGIN, 0, &batch, sizeof batch),
      begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE, &inet, sizeof inet),
      begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK, &inet, sizeof inet),
      begin(NFNL_MSG_BATCH_END, 0, &batch, sizeof batch)};
  add_text(&parts[1], NFTA_TABLE_NAME, "probe");
  add_text(&parts[2], NFTA_CHAIN_TABLE, "probe");
  add_text(&parts[2], NFTA_CHAIN_NAME, "chain");
  struct nlattr *hooked = add(&parts[2], NFTA_CHAIN_HOOK | NLA_F_NESTED, NULL, 0);
  add(&parts[2], NFTA_HOOK_HOOKNUM, &hook, sizeof hook);
  add(&parts[2], NFTA_HOOK_PRIORITY, &priority, sizeof priority);
  end_nested(&parts[2], hooked);
  add_text(&parts[2], NFTA_CHAIN_TYPE, "nat");
  char all[sizeof parts];
  size_t size = 0;
  for (int i = 0; i < 4; i++) {
    memcpy(all + size, &parts[i], parts[i].header.nlmsg_len);
    size += parts[i].header.nlmsg_len;
  }
  send_and_hear("a table with a chain", NETLINK_NETFILTER, all, size);
  for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
    must_know(extensions[i].name, extensions[i].version, extensions[i].is_target);
}

// The older interface, as iptables-legacy looks at its tables.
void probe_iptables(void) {
  static const char *const tables[] = {"filter", "nat"};
  for (int i = 0; i < 2; i++) {
    struct ipt_getinfo info = {0};
    struct ip6t_getinfo info6 = {0};
    socklen_t size = sizeof info, size6 = sizeof info6;
    strcpy(info.name, tables[i]);
    strcpy(info6.name, tables[i]);
    const int fd = (int)must("socket", socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
    const int fd6 = (int)must("socket", socket(AF_INET6, SOCK_RAW, IPPROTO_RAW));
    must("IPT_SO_GET_INFO", getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &size));
    must("IP6T_SO_GET_INFO", getsockopt(fd6, IPPROTO_IPV6, IP6T_SO_GET_INFO, &info6, &size6));
    must_be("it has rules", info.num_entries > 0 && info6.num_entries > 0);
  }
}
