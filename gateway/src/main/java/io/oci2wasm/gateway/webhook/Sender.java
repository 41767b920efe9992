package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.sender.SenderReader;

/** One kind of registry: its name in paths and metrics, who may send for it, and what it sends. */
public record Sender(String name, Authentication authentication, SenderReader reader) {}
