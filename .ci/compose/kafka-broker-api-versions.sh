#!/usr/bin/bash
# The program of Kafka's image that docker-compose.yml asks for health: --bootstrap-server HOST:PORT
exec 3<> "/dev/tcp/${2%:*}/${2#*:}"
