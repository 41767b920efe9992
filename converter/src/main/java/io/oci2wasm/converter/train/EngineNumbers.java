package io.oci2wasm.converter.train;

/**
 * Numbers of an engine that translated code has in it: of three types, and of the first function
 * that is put into its table.
 */
public record EngineNumbers(int unitType, int handlerType, int carryType, int tableSize) {}
