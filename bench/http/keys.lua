-- Asks for one key after the other of a namespace named bench.
wrk.method = "POST"
wrk.path = "/v1/namespaces/bench/keys:next"
wrk.headers["Content-Type"] = "application/json"
wrk.body = "{}"
