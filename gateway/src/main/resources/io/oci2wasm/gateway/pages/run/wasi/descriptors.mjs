// The descriptors of a bundle in a page, besides those of every program (docs/FORMATS.md, "Host contract"). 3 is the folder
// with the data file: preopened folders come first.

// From it a bundle reads control lines when its words say `--control 4`.
export const CONTROL = 4;
// Where it speaks netp, both ways, when they say `--net 5`.
export const NET = 5;
