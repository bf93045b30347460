"""The parameters of MySQL and MariaDB as RDS's parameter group families have them, for rds_parameters.py.

Not every one of the engines' five hundred, but those commonly set and those that RDS keeps to itself.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

# In: 5 = mysql5.7, 8 = mysql8.0, n = mysql8.4, r = mariadb, t = mariadb10, s = mariadb11. Then apply type,
# data type, allowed values and names. An exclamation mark: not modifiable.
TABLE = """
58nr dynamic boolean 0,1 = general_log slow_query_log log_queries_not_using_indexes
58nr dynamic boolean 0,1 = log_slow_admin_statements log_bin_trust_function_creators local_infile
58nr dynamic boolean 0,1 = innodb_file_per_table innodb_stats_on_metadata innodb_stats_persistent read_only
58nr dynamic boolean 0,1 = innodb_print_all_deadlocks innodb_adaptive_hash_index innodb_optimize_fulltext_only
58nr dynamic boolean 0,1 = innodb_strict_mode autocommit foreign_key_checks unique_checks low_priority_updates
58nr dynamic boolean 0,1 = innodb_buffer_pool_dump_at_shutdown
58nr dynamic boolean 0,1 = innodb_buffer_pool_dump_now innodb_cmp_per_index_enabled
58nr static boolean 0,1 = innodb_buffer_pool_load_at_startup
58nr static boolean 0,1 = skip_name_resolve skip-character-set-client-handshake
58nr static boolean 0,1 = performance_schema
58nr dynamic boolean 0,1 = require_secure_transport
58nr dynamic boolean 0,1 = explicit_defaults_for_timestamp
8n dynamic boolean 0,1 = sql_require_primary_key
58nr dynamic float 0-31536000 = long_query_time
58nr dynamic integer 1-100000 = max_connections
58nr dynamic integer 0-4294967295 = max_user_connections
58nr dynamic integer 1-18446744073709551615 = max_connect_errors
58nr dynamic integer 1024-1073741824 = max_allowed_packet
58nr dynamic integer 1-31536000 = wait_timeout interactive_timeout net_read_timeout net_write_timeout
58nr dynamic integer 1-31536000 = lock_wait_timeout
58nr dynamic integer 2-31536000 = connect_timeout
58nr dynamic integer 1-1073741824 = innodb_lock_wait_timeout
58nr dynamic integer 1-2000000 = table_open_cache
58nr static integer 1-64 = table_open_cache_instances
58nr dynamic integer 400-2000000 = table_definition_cache
58nr dynamic integer 0-16384 = thread_cache_size
58nr dynamic integer 1024-18446744073709551615 = tmp_table_size max_heap_table_size
58nr dynamic integer 128-18446744073709551615 = join_buffer_size
58nr dynamic integer 32768-18446744073709551615 = sort_buffer_size
58nr dynamic integer 8192-2147479552 = read_buffer_size
58nr dynamic integer 1-2147483647 = read_rnd_buffer_size
58nr dynamic integer 4096-18446744073709551615 = binlog_cache_size
58nr dynamic integer 0-18446744073709551615 = bulk_insert_buffer_size
58nr dynamic integer 8-18446744073709551615 = key_buffer_size
58nr dynamic integer 4-18446744073709551615 = group_concat_max_len
58n dynamic integer 0-18446744073709551615 = max_execution_time
58n dynamic integer 0-18446744073709551615 = range_optimizer_max_mem_size
r dynamic float 0-31536000 = max_statement_time
58nr dynamic integer 5242880-18446744073709551615 = innodb_buffer_pool_size
58n static integer 1-64 = innodb_buffer_pool_instances
58nr static integer 1-64 = innodb_read_io_threads innodb_write_io_threads
58nr static integer 1-32 = innodb_purge_threads
58n dynamic integer 0-1000 = innodb_thread_concurrency
58nr dynamic integer 100-18446744073709551615 = innodb_io_capacity
58nr dynamic integer 100-18446744073709551615 = innodb_io_capacity_max innodb_lru_scan_depth
58nr dynamic integer 0,1,2 = innodb_flush_log_at_trx_commit
58nr dynamic integer 0-2 = innodb_flush_neighbors
58nr dynamic float 0-99.999 = innodb_max_dirty_pages_pct innodb_max_dirty_pages_pct_lwm
58nr dynamic integer 0-100 = innodb_old_blocks_pct
58nr dynamic integer 0-4294967295 = innodb_old_blocks_time sync_binlog
58nr static integer 262144-4294967295 = innodb_log_buffer_size
58nr static integer 0,1,2 = innodb_autoinc_lock_mode
58nr static integer 0-4294967295 = innodb_open_files innodb_ft_min_token_size ft_min_word_len ft_max_word_len
58nr static integer 1-65535 = back_log open_files_limit
58nr static string = innodb_flush_method
58nr dynamic string = character_set_server character_set_client
58nr dynamic string = character_set_connection character_set_database
58nr dynamic string = character_set_results character_set_filesystem collation_server collation_connection
58nr dynamic string = sql_mode init_connect optimizer_switch time_zone
58nr static string = ft_stopword_file tls_version
58nr dynamic string ROW,STATEMENT,MIXED = binlog_format
58nr dynamic string FULL,MINIMAL,NOBLOB = binlog_row_image
58nr dynamic string NONE,CRC32 = binlog_checksum
58nr dynamic string ON,OFF = event_scheduler
58nr dynamic string FILE,TABLE,NONE = log_output
58nr dynamic string MyISAM,InnoDB,MEMORY = default_storage_engine
58nr static integer 0,1 = lower_case_table_names
8ns dynamic string READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE = transaction_isolation
5t dynamic string READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE = tx_isolation
58n dynamic string OFF,OFF_PERMISSIVE,ON_PERMISSIVE,ON = gtid-mode
58n dynamic string OFF,WARN,ON = enforce_gtid_consistency
58n dynamic string DUMMY,CRC32 = innodb_checksum_algorithm
58nr dynamic boolean 0,1 = sql_safe_updates
58nr dynamic integer 0-65535 = max_sp_recursion_depth
5r dynamic integer 0-18446744073709551615 = query_cache_size query_cache_limit query_cache_min_res_unit
5r dynamic integer 0,1,2 = query_cache_type
5r dynamic boolean 0,1 = query_cache_wlock_invalidate
58 dynamic integer 0-99 = expire_logs_days
58 dynamic string FILE,TABLE = master_info_repository relay_log_info_repository
58 dynamic integer 0-1024 = slave_parallel_workers
58 dynamic integer 1-31536000 = slave_net_timeout
58 dynamic string DATABASE,LOGICAL_CLOCK = slave_parallel_type
58 static integer 4194304-274877906944 = innodb_log_file_size
5r static integer 1048576-274877906944 = innodb_log_file_size
5r dynamic integer 0-9 = log_warnings
58 static string mysql_native_password,sha256_password,caching_sha2_password = default_authentication_plugin
8n dynamic integer 8388608-137438953472 = innodb_redo_log_capacity
8n dynamic integer 0-4294967295 = binlog_expire_logs_seconds
8n dynamic integer 0-1024 = replica_parallel_workers
8n dynamic integer 1-31536000 = replica_net_timeout
8n dynamic integer 0-18446744073709551615 = temptable_max_ram temptable_max_mmap
58n dynamic integer 1-3 = log_error_verbosity
8n dynamic boolean 0,1 = innodb_print_ddl_logs innodb_undo_log_truncate print_identified_with_as_hex
8n dynamic integer 0-100 = cte_max_recursion_depth
8n dynamic string MEMORY,TempTable = internal_tmp_mem_storage_engine
8n dynamic string ON,OFF = partial_revokes activate_all_roles_on_login
8n dynamic integer 0-4294967295 = information_schema_stats_expiry password_history password_reuse_interval
n dynamic string = authentication_policy
n static boolean 0,1 = mysql_native_password restrict_fk_on_non_standard_key
r dynamic boolean 0,1 = log_slow_slave_statements
r dynamic integer 0-18446744073709551615 = aria_pagecache_buffer_size join_cache_level rowid_merge_buff_size
r dynamic integer 0-99 = expire_logs_days
58nr dynamic string DYNAMIC,COMPACT,REDUNDANT = innodb_default_row_format
58nr dynamic integer 0-4294967295 = eq_range_index_dive_limit min_examined_row_limit
58nr dynamic integer 1-4294967295 = net_retry_count innodb_stats_persistent_sample_pages
58nr dynamic integer 0-62 = optimizer_search_depth
58nr dynamic integer 4-8388608 = max_sort_length
58nr dynamic integer 0-1048576 = max_prepared_stmt_count
58nr dynamic integer 65536-18446744073709551615 = innodb_online_alter_log_max_size
58nr dynamic boolean 0,1 = innodb_deadlock_detect
58nr static boolean 0,1 = innodb_rollback_on_timeout
58nr static integer 10-84 = innodb_ft_max_token_size
58nr static integer 65536-67108864 = innodb_sort_buffer_size
5 dynamic boolean 0,1 = innodb_large_prefix
r dynamic string = slave_parallel_mode
r dynamic integer 0-16383 = slave_parallel_threads
58nr !static string = default_time_zone basedir datadir tmpdir
58nr !static string = socket log_error pid_file plugin_dir secure_file_priv
58nr !static string = general_log_file slow_query_log_file innodb_data_home_dir
58nr !static string = innodb_log_group_home_dir log-bin relay-log
58nr !static integer = port server_id
58nr !static boolean = skip-slave-start skip_external_locking skip_show_database log_slave_updates
"""
# What RDS sets itself: Source system.
SYSTEM = {
    "basedir": "/rdsdbbin/mysql",
    "datadir": "/rdsdbdata/db/",
    "innodb_buffer_pool_size": "{DBInstanceClassMemory*3/4}",
    "max_connections": "{DBInstanceClassMemory/12582880}",
    "port": "{EndPointPort}",
    "server_id": "{ServerId}",
    "socket": "/tmp/mysql.sock",
    "tmpdir": "/rdsdbdata/tmp/",
    "secure_file_priv": "/tmp",
    "innodb_flush_method": "O_DIRECT",
    "log_output": "TABLE",
    "sync_binlog": "1",
    "local_infile": "1",
    "general_log_file": "/rdsdbdata/log/general/mysql-general.log",
    "slow_query_log_file": "/rdsdbdata/log/slowquery/mysql-slowquery.log",
    "log_error": "/rdsdbdata/log/error/mysql-error.log",
}
CODES = {"mysql5.7": "5", "mysql8.0": "8", "mysql8.4": "n"}


@dataclass(frozen=True)
class Known:
    """A parameter of a family."""

    name: str
    apply_type: str
    data_type: str
    allowed: str
    modifiable: bool

    def takes(self, value: str) -> bool:
        """Whether the value is allowed; formulas of RDS are taken as they are."""
        if not self.allowed or "{" in value or "(" in value:
            return True
        choices = self.allowed.split(",")
        if len(choices) == 1 and "-" in self.allowed and self.data_type in ("integer", "float"):
            least, _, most = self.allowed.partition("-")
            try:
                return float(least) <= float(value) <= float(most)
            except ValueError:
                return False
        return value in choices or value.upper() in [c.upper() for c in choices]


@functools.cache
def parameters_of(family: str) -> dict[str, Known]:
    """The parameters of a family by name; nothing for a family without a table."""
    code = CODES.get(family) or ("rt" if family.startswith("mariadb10") else "")
    code = code or ("rs" if family.startswith("mariadb11") else "")
    found: dict[str, Known] = {}
    for line in TABLE.split("\n"):
        left, _, names = line.partition(" = ")
        words = left.split()
        if not words or not set(code) & set(words[0]):
            continue
        kind, data_type, allowed = words[1], words[2], " ".join(words[3:])
        for name in names.split():
            found[name] = Known(name, kind.lstrip("!"), data_type, allowed, not kind.startswith("!"))
    return dict(sorted(found.items()))
