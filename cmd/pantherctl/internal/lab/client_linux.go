package lab

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// client asks one sshd, from another loopback address each time: sshd counts
// failures by source.
type client struct {
	served
	port       int
	identities [][]byte
	asked      int
}

// sshPatience is how long sshd may take for one login.
const sshPatience = 10 * time.Second

// dial connects from the next address, which it returns.
func (c *client) dial() (net.Conn, string, error) {
	c.asked++
	from := loopback(c.asked)
	made := make(chan error)
	var fd int
	go func() {
		runtime.LockOSThread() // the thread ends with the namespace it entered
		made <- func() (err error) {
			if err = netns.Set(c.space); err != nil {
				return err
			}
			if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
				return err
			}
			err = errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: from.As4()}),
				unix.Connect(fd, &unix.SockaddrInet4{Port: c.port, Addr: [4]byte{127, 0, 0, 1}}))
			if err != nil {
				_ = unix.Close(fd)
			}
			return err
		}()
	}()
	if err := <-made; err != nil {
		return nil, "", err
	}
	file := os.NewFile(uintptr(fd), "ssh")
	defer func() { _ = file.Close() }()
	conn, err := net.FileConn(file)
	return conn, from.String(), err
}

func (c *client) reaches() bool {
	conn, _, err := c.dial()
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// ask asks for all that is to be known of an sshd.
func (c *client) ask(d SSHD) SSHDReport {
	var r SSHDReport
	conn, from, err := c.dial()
	if err == nil {
		r.Offer, err = askOffer(conn, sshPatience)
		_ = conn.Close()
	}
	if err != nil {
		time.Sleep(logged)
		// What ends a connection this early does not name its address.
		_, after, _ := strings.Cut(c.logged(""), from+" ")
		r.Fault = fmt.Sprintf("%v; %s", err, after)
		return r
	}
	first := c.asked + 1
	asked := false
	for _, l := range d.Logins {
		result, in := c.login(l)
		if in != nil {
			if !asked {
				r.Forward, asked = forwards(in, c.port), true
			}
			_ = in.Close()
		}
		r.Logins = append(r.Logins, result)
	}
	time.Sleep(logged)
	for i := range r.Logins {
		r.Logins[i].Log = c.logged(loopback(first+i).String() + " ")
	}
	return r
}

// logged is how long sshd's processes may take to write what they have to say.
const logged = 30 * time.Millisecond

// loopback is the address of the nth connection.
func loopback(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}) }

// login tries to log in. The connection is nil if that fails.
func (c *client) login(l Login) (LoginResult, *ssh.Client) {
	result := LoginResult{Accepted: -1}
	conn, _, err := c.dial()
	if err != nil {
		result.Error = err.Error()
		return result, nil
	}
	signers := make([]ssh.Signer, len(l.Offer))
	for i, at := range l.Offer {
		signer, err := ssh.NewSignerFromSigner(ed25519.NewKeyFromSeed(c.identities[at]))
		if err != nil {
			result.Error = err.Error()
			return result, nil
		}
		signers[i] = &noting{signer.(ssh.AlgorithmSigner), func() { result.Accepted = at }}
	}
	config := &ssh.ClientConfig{
		User: l.User, Timeout: sshPatience, HostKeyCallback: ssh.InsecureIgnoreHostKey(), // it is thrown away
		Auth: []ssh.AuthMethod{
			ssh.PublicKeys(signers...),
			ssh.PasswordCallback(func() (string, error) { result.Password = true; return "wrong", nil }),
			ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
				result.Interactive = true
				return make([]string, len(questions)), nil
			}),
		},
	}
	_ = conn.SetDeadline(time.Now().Add(sshPatience))
	made, channels, requests, err := ssh.NewClientConn(conn, "host", config)
	if err != nil {
		_ = conn.Close()
		result.Accepted, result.Error = -1, err.Error()
		return result, nil
	}
	return result, ssh.NewClient(made, channels, requests)
}

// noting tells when sshd wants a signature, which it does of keys that it
// accepts.
type noting struct {
	ssh.AlgorithmSigner
	note func()
}

func (n *noting) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	n.note()
	return n.AlgorithmSigner.Sign(random, data)
}

func (n *noting) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	n.note()
	return n.AlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}

// forwards returns what sshd forwards for somebody who is logged in.
func forwards(in *ssh.Client, port int) []string {
	var does []string
	if c, err := in.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		_ = c.Close()
		does = append(does, "local")
	}
	if l, err := in.Listen("tcp", "127.0.0.1:0"); err == nil {
		_ = l.Close()
		does = append(does, "remote")
	}
	if s, err := in.NewSession(); err == nil {
		if ok, err := s.SendRequest("auth-agent-req@openssh.com", true, nil); ok && err == nil {
			does = append(does, "agent")
		}
		_ = s.Close()
	}
	return does
}

// hostKey writes a new host key.
func hostKey(kind string) error {
	var key any
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	default:
		err = fmt.Errorf("no %s key can be made", kind)
	}
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "lab")
	if err != nil {
		return err
	}
	return os.WriteFile(hostKeyFile(kind), pem.EncodeToMemory(block), 0o600)
}
