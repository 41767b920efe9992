# What Kafka's own image does with its environment: KAFKA_SOME_SETTING is some.setting of a server that is formatted once.
set -e
directory=/tmp/kafka
mkdir -p "$directory"
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name setting; do
  printf '%s=%s\n' "$(printf '%s' "$name" | tr 'A-Z_' 'a-z.')" "$setting"
done > "$directory/server.properties"
classes="/stand-in/oci2wasm.jar:/stand-in/lib/*"
/java -Xmx128m -cp "$classes" kafka.tools.StorageTool format --ignore-formatted -t 4L6g3nShT-eMCtK--X86sw -c "$directory/server.properties"
exec /java -Xmx512m -cp "$classes" kafka.Kafka "$directory/server.properties"
