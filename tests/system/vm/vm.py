# SPDX-License-Identifier: GPL-3.0-or-later
"""vm.py DIR VCARD: boot DIR's guest, install DIR/share there and use it.

The administrator sits at the serial line, the person at the virtual terminal
(QEMU's keyboard, the kernel's /dev/vcs1); the card is the simulator, put in
QEMU's USB reader by the VSCard protocol.
"""
import json, os, re, socket, struct, subprocess, sys, threading, time

DIR, VCARD = sys.argv[1:3]
CODE, CAN, ALL = "plain-word-7", "123456", socket.MSG_WAITALL
FACE = os.environ.get("VM_FACE", "1") != "0"
bad = []


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    for _ in range(200):
        if s.connect_ex(path) == 0:
            return s
        time.sleep(0.1)
    sys.exit("no " + path)


class Reader:
    """The card side of ccid-card-passthru, the reader side of vcard."""
    def __init__(self, path):
        self.qemu, self.card = connect(path), None
        self.host = socket.create_server(("127.0.0.1", 0))
        self.greet()
        threading.Thread(target=self.loop, daemon=True).start()

    def greet(self):
        self.say(1, b"VSCD" + struct.pack(">II", 2, 0))

    def say(self, kind, body=b"", reader=0):
        self.qemu.sendall(struct.pack(">III", kind, reader, len(body)) + body)

    def ask(self, message):
        self.card.sendall(struct.pack(">H", len(message)) + message)
        n, = struct.unpack(">H", self.card.recv(2, ALL))
        return self.card.recv(n, ALL)

    def loop(self):
        secure = False
        while head := self.qemu.recv(12, ALL):
            kind, _, n = struct.unpack(">III", head)
            body = self.qemu.recv(n, ALL) if n else b""
            if kind == 1:
                self.say(3, b"virtual\0", 0xffffffff)
            elif kind == 7:
                # the protocol does not tell of a reset: a plain command
                # after secured ones comes after one
                if secure and not body[0] & 0x0c:
                    self.card.sendall(b"\0\1\2")
                secure = bool(body[0] & 0x0c)
                self.say(7, self.ask(body))

    def insert(self):
        self.vcard = subprocess.Popen([VCARD, "--card", DIR + "/card", "--port",
                                       str(self.host.getsockname()[1])])
        self.card = self.host.accept()[0]
        self.card.sendall(b"\0\1\1")
        self.say(5, self.ask(b"\4"))
        time.sleep(2)

    def taken_away(self):
        self.vcard.terminate()
        self.vcard.wait()

    def remove(self):
        self.say(6)
        self.taken_away()
        time.sleep(2)


class Guest:
    def __init__(self):
        run, accel = DIR + "/run", os.environ.get("VM_ACCEL", "tcg")
        subprocess.run(f"rm -rf {run} && mkdir {run}", shell=True, check=True)
        unix = "socket,server=on,wait=off,path=" + run
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-M", "q35",
             "-accel", accel, "-cpu", "host" if accel == "kvm" else "max",
             "-m", "1536M", "-smp", "2", "-display", "none", "-device", "VGA",
             "-kernel", DIR + "/vmlinuz", "-initrd", DIR + "/initrd", "-append",
             "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet",
             "-drive", "if=virtio,format=raw,snapshot=on,file=" + DIR + "/guest.raw",
             "-fsdev", "local,id=f,security_model=none,path=" + DIR + "/share",
             "-device", "virtio-9p-pci,fsdev=f,mount_tag=host", "-device",
             "virtio-rng-pci", "-device", "virtio-keyboard-pci",
             "-device", "qemu-xhci,id=usb",
             "-device", "usb-ccid,bus=usb.0,id=reader",
             "-device", "ccid-card-passthru,chardev=card,id=slot",
             "-chardev", unix + "/card,id=card",
             "-chardev", unix + "/serial,id=serial", "-serial", "chardev:serial",
             "-qmp", "unix:" + run + "/qmp,server=on,wait=off"])
        self.serial = connect(run + "/serial")
        self.qmp_file = connect(run + "/qmp").makefile("rw")
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")
        self.reader = Reader(run + "/card")
        self.wait("login: ", 400)
        for prompt in ("assword: ", "# "):
            time.sleep(1)
            self.serial.sendall(b"root\n")
            self.wait(prompt, 120)
        self.serial.sendall(b"stty -echo; PS1=; export SYSTEMD_PAGER=cat\n")
        self.sh("bind 'set enable-bracketed-paste off'")

    def wait(self, pattern, limit):
        text = ""
        self.serial.settimeout(limit)
        while not (found := re.search(pattern, text)):
            text += self.serial.recv(4096).decode(errors="replace")
        return text[:found.start()].replace("\r", ""), found

    def sh(self, command, limit=800):
        self.serial.sendall(command.encode() + b"; echo @@$?@@\n")
        out, found = self.wait(r"@@(\d+)@@\r\n", limit)
        return int(found[1]), out

    def qmp(self, command, **arguments):
        json.dump({"execute": command, "arguments": arguments}, self.qmp_file)
        self.qmp_file.flush()
        while "event" in json.loads(self.qmp_file.readline()):
            pass

    def unplug(self):
        self.qmp("device_del", id="reader")
        self.reader.taken_away()
        time.sleep(3)

    def plug(self):
        self.qmp("device_add", driver="usb-ccid", bus="usb.0", id="reader")
        self.qmp("device_add", driver="ccid-card-passthru", chardev="card",
                 id="slot")
        self.reader.greet()
        time.sleep(4)

    def type(self, text):
        for c in text + "\n":
            key = {" ": "spc", "-": "minus", "\n": "ret", ";": "semicolon"}
            self.qmp("send-key", keys=[{"type": "qcode", "data": key.get(c, c)}])
            time.sleep(0.15)

    def sees(self, what, text, answer=None, limit=60):
        for _ in range(limit):
            screen = self.sh("fold -w $(stty -F /dev/tty1 size | cut -d' ' -f2)"
                             " /dev/vcs1")[1]
            if text in screen:
                break
            time.sleep(1)
        check(what, text in screen, re.sub(r"\s*\n\s*", "\n", screen))
        if answer:
            self.type(answer)

def check(what, ok, out):
    print("ok " + what if ok else "FAIL " + what + "\n" + out, flush=True)
    if not ok:
        bad.append(what)


def main(g):
    def does(what, command, want=0, say=""):
        status, out = g.sh(command)
        check(what, status == want and say in out, out)
        return out

    does("installed", "mount -t 9p host /mnt/host && tar --keep-directory-symlink "
         "--no-same-owner -C / -xf /mnt/host/dest.tar && cp /mnt/host/models/* "
         "/usr/share/cnie/models/ && systemd-sysusers && "
         "systemd-tmpfiles --create && systemctl daemon-reload && systemctl "
         "reload apparmor && systemctl enable --now pcscd.socket cnie-login.socket cnie-admin.socket")
    does("setup", "cniectl setup --sector urn:example:administration --profile uto "
         "--csca /mnt/host/csca --no-backup", say="key was made")
    # an emulated processor is slow
    does("settings", "sed -i '/^.login/a login_s = 600\\nhelper_s = 580\\nservices = sudo' "
         "/etc/cnie/cnie.conf; sed -i 's/^LOGIN_TIMEOUT.*/LOGIN_TIMEOUT 600/' "
         "/etc/login.defs; sed '/^sites/s/=.*/= */' /usr/share/doc/cnie/"
         "authorisation.conf.example >/etc/cnie/authorisation.conf; "
         "echo '%cnie ALL=(ALL) ALL' >/etc/sudoers.d/cnie")
    does("camera", "cp /mnt/host/holder.yuv /root; modprobe v4l2loopback; (ffmpeg "
         "-nostdin -v error -re -stream_loop -1 -f rawvideo -pix_fmt yuyv422 "
         "-s 640x480 -framerate 15 -i /root/holder.yuv -c copy -f v4l2 /dev/video0 "
         "&) ; for i in 1 2 3 4 5 6 7 8; do sleep 2; ffmpeg -nostdin -v quiet -f v4l2 "
         "-i /dev/video0 -frames:v 1 -f null - && break; done; cniectl doctor", 1, "camera and models are ready")
    g.reader.insert()
    out = does("enrolled", f"printf '{CAN}\\n{CODE}\\n{CODE}\\n' | cniectl enrol "
               "--code" + " --face" * FACE, say="enrolled: ")
    name = re.search("enrolled: (.*)", out)[1]
    does("names and PAM", "sed -Ei 's/^(passwd|group):.*/\\1: files cnie systemd/' "
         "/etc/nsswitch.conf; DEBIAN_FRONTEND=noninteractive pam-auth-update --enable "
         "cnie mkhomedir; sed -i 's/pam_cnie.so *$/pam_cnie.so timeout=600/' "
         "/etc/pam.d/common-auth; cniectl doctor", say=" 0 fail")
    does("a program under AppArmor, allowed what every profile may look up", """
cat >/etc/apparmor.d/confined <<'END'
abi <abi/3.0>,
include <tunables/global>
profile confined {
  include <abstractions/base>
  include <abstractions/nameservice>
  /usr/bin/getent mr,
}
END
apparmor_parser -r /etc/apparmor.d/confined""")
    does("knows the account", f"aa-exec -p confined getent passwd {name}", say=name)
    ours = "/etc/apparmor.d/abstractions/nameservice.d/cnie"
    does("by our rule alone", f"mv {ours} /root/rule; apparmor_parser -r -T "
         f"/etc/apparmor.d/confined && aa-exec -p confined getent passwd {name}", 2)
    does("the rule is back", f"mv /root/rule {ours}; rm /etc/apparmor.d/confined")

    g.type(name)
    g.sees("the CAN is asked", "(CAN)", CAN)
    if FACE:
        g.sees("the camera is announced", "Look straight at the camera")
    g.sees("the code is asked, after the face", "Your code:", CODE, 700)
    g.sees("logged in", name + "@guest:")
    does("a session of seat0", "loginctl list-sessions", say=name + " seat0")
    does("one event, nobody's name", f"journalctl -u cnied -o verbose | grep -q {name} "
         "|| journalctl -u cnied", say="login granted OK")
    g.sh("rm /etc/cnie/authorisation.conf")

    g.type("clear; sudo id")
    g.sees("sudo: the card that lies there does not count", "Take your card out")
    g.reader.remove()
    g.sees("sudo: it is awaited", "Put your identity card")
    g.reader.insert()
    g.sees("sudo: the CAN", "(CAN)", CAN)
    g.sees("sudo: the code", "Your code:", CODE)
    g.sees("sudo", "uid=0(root)")
    g.sh("ssh-keygen -q -N '' -f /root/k; d=$(getent passwd %s | cut -d: -f6)/.ssh; "
         "install -d -o %s $d; install -o %s /root/k.pub $d/authorized_keys"
         % (name, name, name))
    ssh = f"ssh -o StrictHostKeyChecking=no -i /root/k {name}@127.0.0.1 "
    does("from ssh the reader is not touched", ssh + "'echo x | sudo -kS id'; "
         "journalctl -u cnied -n 1", say="S02")

    # keys and roster, under the unit's own confinement
    here = f"printf '{CAN}\\n{CODE}\\n' | cniectl "
    account = f"getent passwd {name}; id {name}"
    before = g.sh(account)[1]
    does("a pair for backups", "cniectl key pair /root/pair")
    does("the key is rotated, and saved", "cniectl key rotate --to /root/pair.pub "
         "--backup /root/saved", say="2 is the epoch now")
    does("one is bound to the old key alone", "cniectl key retire", 1, name)
    does("the card binds them to the new one", here + f"account rebind {name}")
    does("the old key goes", "cniectl key retire && ! test -e "
         "/var/lib/cnie/key/sector-1.key", say="its tags and its key are gone")
    does("a lost key", "rm /var/lib/cnie/key/sector-2.key; cniectl key status",
         say="missing")
    does("comes back", "cniectl key restore /root/saved --identity /root/pair",
         say="is back")
    does("the roster is signed and exported", "cniectl roster key /root/signer && "
         "cniectl roster export /root/roster --sign /root/signer")
    does("and taken", "cniectl roster import /root/roster --signer /root/signer.pub")
    check("name, uid, home and groups are those of before",
          g.sh(account)[1] == before, before)

    # the reader itself is pulled out, with the card in it, and comes back
    g.type("clear; sudo -k; sudo id")
    g.sees("sudo: take it out once more", "Take your card out")
    g.unplug()
    g.sees("sudo: no reader, so the password", "assword")
    does("the reader is gone", f"printf '{CAN}\\n' | cniectl card inspect", 1, "R02")
    g.qmp("send-key", keys=[{"type": "qcode", "data": k} for k in ("ctrl", "c")])
    g.plug()
    g.reader.insert()
    does("the reader is back", f"printf '{CAN}\\n' | cniectl card inspect", 0, "total")

    g.type("clear; cniectl my-data")
    g.sees("my-data: the card that lies there does not count", "Take your card out")
    g.reader.remove()
    g.sees("my-data: it is awaited", "Put your identity card")
    g.reader.insert()
    g.sees("my-data: the CAN", "(CAN)", CAN)
    g.sees("my-data", "No portrait", limit=120)
    code = re.search(r"^ {4}([a-z2-7-]+)$", does("a pass for today",
        f"cniectl account pass {name} --until 23:59"), re.M)[1]
    g.reader.remove()
    g.type("exit")
    g.sees("logged out", "login:", name)
    g.sees("the code of the day is asked", "(PASS)", code)
    g.sees("logged in without a card", name + "@guest:")
    does("an event of its own", "journalctl -u cnied", say="pass")
    g.reader.insert()
    does("revoked, for ssh too", f"cniectl account revoke {name} && {ssh} id", 255, "A03")
    g.type("exit")
    g.sees("logged out again", "login:", name)
    g.sees("the CAN again", "(CAN)", CAN)
    g.sees("refused by card", "(A03)")
    does("ended when idle", "sleep 64; systemctl is-active cnied", 3)
    does("no filter struck", "journalctl -k | grep -qE 'audit.*sig=|segfault'", 1)
    does("taken back", "pam-auth-update --remove cnie; sed -i 's/ cnie//' "
         "/etc/nsswitch.conf; systemctl disable --now cnie-login.socket "
         "cnie-admin.socket; ! grep -q cnie /etc/pam.d/common-*")


guest = Guest()
try:
    main(guest)
finally:
    guest.reader.remove()
    guest.qmp("quit")
sys.exit("%d wrong" % len(bad) if bad else print("all as it should be"))
