//! The laws that every kind obeys, held against the AWS emulator that `make test` starts.
//!
//! One file a kind; [`world`] makes resources as the executor would, [`law`] goes the whole way of one kind.

mod alarm;
mod autoscaling_group;
mod bucket;
mod bucket_policy;
mod cache_cluster;
mod cache_parameter_group;
mod cache_policy;
mod cache_subnet_group;
mod certificate;
mod command;
mod dashboard;
mod db_instance;
mod db_parameter_group;
mod db_replica;
mod db_subnet_group;
mod distribution;
mod dns_record;
mod elastic_ip;
mod email_identity;
mod file_system;
mod flow_log;
mod ground;
mod hosted_zone;
mod instance;
mod internet_gateway;
mod launch_template;
mod law;
mod listener;
mod load_balancer;
mod log_group;
mod nat_gateway;
mod origin_access_control;
mod replication_group;
mod role;
mod route_table;
mod security_group;
mod subnet;
mod target_group;
mod tier;
mod topic;
mod volume;
mod vpc;
mod vpc_endpoint;
mod world;
