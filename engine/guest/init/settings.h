// The kernel's settings and the limits of processes, as a container of docker's finds them.
#ifndef INIT_SETTINGS_H
#define INIT_SETTINGS_H

// Writes the settings; /proc must be mounted, with /proc/sys writable.
void settings_apply(void);

// Sets the limits of this process and of those it starts.
void settings_limit(void);

#endif
