"""Browser legs: ICE, DTLS-SRTP and RTCP with a browser on one side, plain RTP over loopback with the media engine on the other.

aiortc provides ICE, DTLS and the SRTP keys; its codec pipeline is not used. Only `transport.py` imports it.
"""
