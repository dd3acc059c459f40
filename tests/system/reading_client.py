"""A client program that joins a channel and reads: reading_client.py HOST PORT NICK CHANNEL"""

import socket
import sys

host, port, nick, channel = sys.argv[1:]
with socket.socket() as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((host, int(port)))
    sock.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN {channel}\r\n".encode())
    while sock.recv(65536):
        pass
