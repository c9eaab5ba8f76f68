# How every process of this cluster, and every client of it, is started.
export RAY_USAGE_STATS_ENABLED=0            # tell nobody that we use Ray
export RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0  # no address but the loopback one
export RAY_AUTH_MODE=token                  # who has no token is refused
RAY_AUTH_TOKEN="$(python -c 'import secrets; print(secrets.token_hex(32))')"
export RAY_AUTH_TOKEN
export PYTHONPATH="$PWD"                    # where replicas find classifier.py
export RAY_raylet_start_wait_time_s=120     # a busy machine starts slowly
export RAY_agent_register_timeout_ms=120000
