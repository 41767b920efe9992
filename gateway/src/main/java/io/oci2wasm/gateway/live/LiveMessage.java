package io.oci2wasm.gateway.live;

/**
 * One server-sent event.
 *
 * @param id names its place in the stream: {@code <stream>-<number>}
 * @param data JSON
 */
public record LiveMessage(String id, String name, String data) {}
