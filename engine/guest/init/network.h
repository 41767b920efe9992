// The container's network: loopback.
#ifndef INIT_NETWORK_H
#define INIT_NETWORK_H

// Turns `lo` on; the kernel then gives it 127.0.0.1 and ::1 by itself.
void network_loopback_up(void);

#endif
