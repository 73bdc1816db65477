"""AWS as Strom sees it, on this machine: functions in processes of their own behind an API, signed
requests checked, queues and keys of ministack, a load balancer before two edges."""
