#ifndef MACHINE_MAIN_H
#define MACHINE_MAIN_H

// Runs a bundle with the words after the module's name; returns the exit code.
int machine_main(int count, char **arguments);

#endif
