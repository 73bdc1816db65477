"""What one charging session of an hour costs on AWS, counted on the real system.

    python -m bench.cost [--full]

Owners with sandbox wallets, simulated charge points on real websockets, the edge, the app and its
perform queue in one process over ministack, on a loop whose clock jumps over waits
(`bench.hurried`). Each driver's wallet asks for the pay request and pays; its webhook is called
over HTTP; the driver opens the session's page and follows it live for three minutes; the charge
point sends a reading a minute; after an hour the driver scans the session's LNURL, which stops the
charge, takes what is left, and unplugs. Counted from the pay request until the refund is paid, the
session sealed and the connector free.

Read and write units by DynamoDB's rules (`bench.units`); the sandbox wallet's own rows, which no
real wallet has, are left out, and what does not grow with the sessions (the sweep's looks at an
empty index, the edge's lease, the watch over every wallet) is told apart. A request of a wallet or
browser, of the edge, and each message of the perform queue is one Lambda call, billed for its
measured time at 512 MB, where Lambda gives 0.29 of a core: whatever is not waiting for the table
or for the charge point is taken for computing and counted 3.5 times. A message on SQS is three
requests (send, receive, delete).
"""
