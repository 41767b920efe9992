# java, its own compilers: a sieve, texts, calls of an interface, doubles
# Where /proc is not mounted, java finds its libraries only if it is told.
bin=$(dirname "$(readlink -f "$(command -v java)")")
export LD_LIBRARY_PATH=$bin/../lib:$bin/../lib/server
"$bin/java" -XX:+UseSerialGC -cp /work Sums 10
