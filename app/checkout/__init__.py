"""What a driver can buy at a charge point, whatever they come by.

Address → offer → signed quote → invoice → paid session → stop, top-up, refund. LNURL and the
driver's pages are thin translations of ``Checkout`` in ``service``.
"""
