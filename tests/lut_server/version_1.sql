BEGIN TRANSACTION;
CREATE TABLE campaigns (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	fingerprint VARCHAR(200) NOT NULL, 
	environment_digest VARCHAR(12) NOT NULL, 
	environment JSON NOT NULL, 
	table_name TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	requested INTEGER NOT NULL, 
	already_measured INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(fingerprint) REFERENCES devices (fingerprint)
);
INSERT INTO "campaigns" VALUES('d470344db5da47729b4cea15b076b879','the first campaign','f00d','2018695895c3','{"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}','bench-2-cores@onnxruntime-2018695895c3','2026-11-22T12:00:00.000000+00:00',2,0);
INSERT INTO "campaigns" VALUES('e92c128957304fc998085b91491e9ed8','under way','f00d','2018695895c3','{"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}','bench-2-cores@onnxruntime-2018695895c3','2026-11-22T12:00:01.000000+00:00',2,0);
INSERT INTO "campaigns" VALUES('45ce4f84a71f4c5b877020671c9eaef6','could not be','f00d','2018695895c3','{"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}','bench-2-cores@onnxruntime-2018695895c3','2026-11-22T12:00:02.000000+00:00',1,0);
CREATE TABLE certificates (
	id INTEGER NOT NULL, 
	table_name VARCHAR(300) NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(table_name) REFERENCES tables (name)
);
CREATE TABLE devices (
	fingerprint VARCHAR(200) NOT NULL, 
	model TEXT NOT NULL, 
	document JSON NOT NULL, 
	agent_version TEXT NOT NULL, 
	last_seen TEXT NOT NULL, 
	PRIMARY KEY (fingerprint)
);
INSERT INTO "devices" VALUES('f00d','bench-2-cores','{"fingerprint": "f00d", "model": "bench-2-cores", "name": "bench", "architecture": "x86_64", "cores": 2, "memory_bytes": 8000000000, "system": "Linux 6", "simulated": false, "emulated": false}','0.1.0','2026-11-22T12:00:02.000000+00:00');
CREATE TABLE environments (
	fingerprint VARCHAR(200) NOT NULL, 
	digest VARCHAR(12) NOT NULL, 
	position INTEGER NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (fingerprint, digest), 
	FOREIGN KEY(fingerprint) REFERENCES devices (fingerprint)
);
INSERT INTO "environments" VALUES('f00d','2018695895c3',0,'{"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}');
CREATE TABLE gaps (
	session_id VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (session_id, digest), 
	FOREIGN KEY(session_id) REFERENCES sessions (id)
);
INSERT INTO "gaps" VALUES('00000000-0000-0000-0000-000000000004','950f027609848e5a1d8a182d2e436219d6f2852e263d63b8a9943870efad22af','{"operation": {"kind": "network", "batch": 1, "channels_in": 3, "height": 16, "width": 16, "channels": [8], "cells": [{"iteration": 0, "level": 0, "inputs": [], "candidate": "3x3_ResConv", "blocks": 1}]}, "reason": "no kernel for it"}');
CREATE TABLE job_operations (
	job_id VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (job_id, digest), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "job_operations" VALUES('5f11e84056374047b036a26472c1a805','538f077847cc658fc0f4f0d936a7722be9af94148be77ac3a9cf80c19cce6339',0,'{"kind": "border", "batch": 1, "channels": [8], "height": 16, "width": 16}');
INSERT INTO "job_operations" VALUES('5f11e84056374047b036a26472c1a805','f7c2f8d95c87072cad17f2c059c6fd5070cee2af26ea2d0b22e42d7d5d87d568',1,'{"batch": 1, "channels_in": 8, "channels_out": 8, "height": 16, "width": 16, "blocks": 1, "kernel": 3, "kind": "residual", "groups": 1}');
INSERT INTO "job_operations" VALUES('5b30e21c5765417fbba258e29800e69a','538f077847cc658fc0f4f0d936a7722be9af94148be77ac3a9cf80c19cce6339',0,'{"kind": "border", "batch": 1, "channels": [8], "height": 16, "width": 16}');
INSERT INTO "job_operations" VALUES('5b30e21c5765417fbba258e29800e69a','c7b579d29390f4fb0a4deb7eacea207643e319c94a293058a998da052ee21060',1,'{"kind": "head", "batch": 1, "channels": 8, "height": 16, "width": 16}');
INSERT INTO "job_operations" VALUES('c42edc20429b46dcafbb7f1cf321bf24','950f027609848e5a1d8a182d2e436219d6f2852e263d63b8a9943870efad22af',0,'{"kind": "network", "batch": 1, "channels_in": 3, "height": 16, "width": 16, "channels": [8], "cells": [{"iteration": 0, "level": 0, "inputs": [], "candidate": "3x3_ResConv", "blocks": 1}]}');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	campaign_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	lease_id VARCHAR(32), 
	lease_until_s FLOAT, 
	agent_id TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id), 
	UNIQUE (lease_id)
);
INSERT INTO "jobs" VALUES('5f11e84056374047b036a26472c1a805','d470344db5da47729b4cea15b076b879',0,'done',NULL,NULL,'agent-1');
INSERT INTO "jobs" VALUES('5b30e21c5765417fbba258e29800e69a','e92c128957304fc998085b91491e9ed8',0,'leased','7f16060df8ed4633b075b493fde92ff0',1795348921.0,'agent-1');
INSERT INTO "jobs" VALUES('c42edc20429b46dcafbb7f1cf321bf24','45ce4f84a71f4c5b877020671c9eaef6',0,'failed',NULL,NULL,'agent-2');
CREATE TABLE measurements (
	id VARCHAR(200) NOT NULL, 
	session_id VARCHAR(200) NOT NULL, 
	position INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(session_id) REFERENCES sessions (id)
);
INSERT INTO "measurements" VALUES('00000000-0000-0000-0000-000000000002','00000000-0000-0000-0000-000000000001',0,'538f077847cc658fc0f4f0d936a7722be9af94148be77ac3a9cf80c19cce6339','{"id": "00000000-0000-0000-0000-000000000002", "operation": {"kind": "border", "batch": 1, "channels": [8], "height": 16, "width": 16}, "rounds": [{"samples_us": [20.0, 20.0, 20.0], "state": "unverified"}, {"samples_us": [20.0, 20.0, 20.0], "state": "unverified"}], "warmups": 1, "inner_loops": 1, "stop_reason": "round_limit"}');
INSERT INTO "measurements" VALUES('00000000-0000-0000-0000-000000000003','00000000-0000-0000-0000-000000000001',1,'f7c2f8d95c87072cad17f2c059c6fd5070cee2af26ea2d0b22e42d7d5d87d568','{"id": "00000000-0000-0000-0000-000000000003", "operation": {"batch": 1, "channels_in": 8, "channels_out": 8, "height": 16, "width": 16, "blocks": 1, "kernel": 3, "kind": "residual", "groups": 1}, "rounds": [{"samples_us": [30.0, 30.0, 30.0], "state": "unverified"}, {"samples_us": [30.0, 30.0, 30.0], "state": "unverified"}], "warmups": 1, "inner_loops": 1, "stop_reason": "round_limit"}');
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE sessions (
	id VARCHAR(200) NOT NULL, 
	table_name VARCHAR(300) NOT NULL, 
	fingerprint VARCHAR(200) NOT NULL, 
	job_id VARCHAR(32), 
	received_at TEXT NOT NULL, 
	document JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(table_name) REFERENCES tables (name), 
	FOREIGN KEY(fingerprint) REFERENCES devices (fingerprint), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "sessions" VALUES('00000000-0000-0000-0000-000000000001','bench-2-cores@onnxruntime-2018695895c3','f00d','5f11e84056374047b036a26472c1a805','2026-11-22T12:00:00.000000+00:00','{"id": "00000000-0000-0000-0000-000000000001", "device": {"fingerprint": "f00d", "model": "bench-2-cores", "name": "bench", "architecture": "x86_64", "cores": 2, "memory_bytes": 8000000000, "system": "Linux 6", "simulated": false, "emulated": false}, "environment": {"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}, "measurements": [], "gaps": [], "sentinel_us": [10.0, 11.0], "before": {"at": "2026-11-22T12:00:00Z", "load_average": 0.5, "steal_seconds": null, "busy_seconds": null, "clock_mhz": null, "temperature_c": null}, "after": {"at": "2026-11-22T12:00:00Z", "load_average": 0.5, "steal_seconds": null, "busy_seconds": null, "clock_mhz": null, "temperature_c": null}, "costs": {"wall": 2.0, "build": 0.5, "warm_up": 0.5, "timed": 1.0}, "software": ["onnxruntime=1.2.3"], "warnings": ["sentinel_moved"]}');
INSERT INTO "sessions" VALUES('00000000-0000-0000-0000-000000000004','bench-2-cores@onnxruntime-2018695895c3','f00d','c42edc20429b46dcafbb7f1cf321bf24','2026-11-22T12:00:02.000000+00:00','{"id": "00000000-0000-0000-0000-000000000004", "device": {"fingerprint": "f00d", "model": "bench-2-cores", "name": "bench", "architecture": "x86_64", "cores": 2, "memory_bytes": 8000000000, "system": "Linux 6", "simulated": false, "emulated": false}, "environment": {"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}, "measurements": [], "gaps": [], "sentinel_us": [10.0, 11.0], "before": {"at": "2026-11-22T12:00:00Z", "load_average": 0.5, "steal_seconds": null, "busy_seconds": null, "clock_mhz": null, "temperature_c": null}, "after": {"at": "2026-11-22T12:00:00Z", "load_average": 0.5, "steal_seconds": null, "busy_seconds": null, "clock_mhz": null, "temperature_c": null}, "costs": {"wall": 2.0, "build": 0.5, "warm_up": 0.5, "timed": 1.0}, "software": ["onnxruntime=1.2.3"], "warnings": ["sentinel_moved"]}');
CREATE TABLE tables (
	name VARCHAR(300) NOT NULL, 
	device_model TEXT NOT NULL, 
	environment JSON NOT NULL, 
	simulated BOOLEAN NOT NULL, 
	emulated BOOLEAN NOT NULL, 
	changes INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "tables" VALUES('bench-2-cores@onnxruntime-2018695895c3','bench-2-cores','{"runtime": "onnxruntime", "runtime_version": "1.2.3", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1, "options": [], "power_mode": "default"}',0,0,1);
CREATE INDEX ix_devices_model ON devices (model);
CREATE INDEX ix_campaigns_fingerprint ON campaigns (fingerprint);
CREATE INDEX ix_certificates_table_name ON certificates (table_name);
CREATE INDEX ix_jobs_campaign_id ON jobs (campaign_id);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_sessions_job_id ON sessions (job_id);
CREATE INDEX ix_sessions_table_name ON sessions (table_name);
CREATE INDEX ix_measurements_digest ON measurements (digest);
CREATE INDEX measurements_of_a_session ON measurements (session_id, position);
COMMIT;
