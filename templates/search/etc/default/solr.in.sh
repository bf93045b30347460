# Read by bin/solr. Who reaches Solr: its security group lets in the web nodes and the control server, on this port
# alone; Solr itself answers addresses of the VPC only; and whoever gets that far can search and index, but neither
# change the configuration nor see the admin pages.
SOLR_JETTY_HOST=0.0.0.0
SOLR_PORT={{search.port}}
SOLR_IP_ALLOWLIST="127.0.0.1, [::1], {{network.cidr}}"
SOLR_ADMIN_UI_DISABLED=true
SOLR_OPTS="$SOLR_OPTS -Ddisable.configEdit=true"
SOLR_SECURITY_MANAGER_ENABLED=true

# Sized from the machine's memory: the rest is the cache of the index's files.
SOLR_HEAP={{search.heap_mib}}m
GC_TUNE="-XX:+UseG1GC -XX:MaxGCPauseMillis=250 -XX:+ParallelRefProcEnabled"
# A Solr without memory answers nothing: better it ends and systemd starts it again.
SOLR_OPTS="$SOLR_OPTS -XX:+ExitOnOutOfMemoryError"
SOLR_TIMEZONE=UTC

SOLR_HOME={{search.data}}/home
SOLR_PID_DIR=/run/solr
SOLR_LOGS_DIR=/var/log/solr
# What the configurations that Search API Solr generates ask for: ICU, languages, attachments, ranking.
SOLR_MODULES=analysis-extras,langid,extraction,ltr
SOLR_REQUESTLOG_ENABLED=false
