// Translates for a bundle what was recorded elsewhere: docs/FORMATS.md, "Trained bundles".
#ifndef TRANSLATE_REPLAY_H
#define TRANSLATE_REPLAY_H

// Reads a job from standard input and writes what it gives to standard output. NULL, or what is wrong.
const char *replay(void);

#endif
