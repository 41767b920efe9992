#include "translate/counts.h"

struct translation_counts translation_counts;
