package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/age"
)

// A Secret opens a Ring. It prints as "[secret]" however it is formatted, logged or marshalled. The zero value opens
// nothing.
//
// Inside is a function, because package fmt follows pointers of unexported fields in some of its error forms, past
// every method, but never calls a function.
type Secret struct{ reveal func() *secret }

func conceal(s *secret) Secret { return Secret{func() *secret { return s }} }

type secret struct {
	passphrase string
	identity   *age.X25519Identity
}

const redacted = "[secret]"

// Format writes "[secret]" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText gives "[secret]", so that JSON and structured logs hold no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Passphrase makes a Secret of words. The ring is sealed with scrypt, so that guessing costs about a second and 256 MiB
// a try; an empty passphrase is refused when it is used.
func Passphrase(words []byte) Secret { return conceal(&secret{passphrase: string(words)}) }

// maxKeyFile is the size limit of a key file in bytes.
const maxKeyFile = 4 << 10

// KeyFile reads a Secret from a file that holds one age X25519 identity, as GenerateKeyFile or age-keygen write it.
// A file that others than its owner may read is refused. Whoever knows the identity's public half can write a ring
// that this Secret opens, so that half is to be kept as private as the file.
func KeyFile(path string) (Secret, error) {
	b, err := readPrivateFile(path)
	if err != nil {
		return Secret{}, err
	}
	// The parser's own errors may quote the file.
	identities, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil || len(identities) != 1 {
		return Secret{}, fmt.Errorf("key file %s does not hold exactly one age identity: make one with age-keygen", path)
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok {
		return Secret{}, fmt.Errorf("key file %s holds another kind of age identity: only X25519 is supported", path)
	}
	return conceal(&secret{identity: identity}), nil
}

func readPrivateFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	// Windows reports no owner bits; its access lists are the operator's business.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("key file %s can be read by others (mode %04o): run chmod 600 on it", path, mode)
	}
	if info.Size() > maxKeyFile {
		return nil, fmt.Errorf("key file %s is larger than %d bytes", path, maxKeyFile)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// GenerateKeyFile makes a new key file with mode 0600. An existing file is never touched: the error then wraps
// fs.ErrExist. The file is durable when the call returns.
func GenerateKeyFile(path string) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return errors.New("cannot make an age identity")
	}
	return writeNew(filepath.Clean(path), []byte("# Opens the key ring of Laurel. Keep it secret, keep a copy.\n"+identity.String()+"\n"))
}

// The scrypt work factors as powers of two: what we write, and the most that we read, which needs 1 GiB.
const (
	defaultWorkFactor = 18
	maxWorkFactor     = 20
)

func (s Secret) recipient(workFactor int) (age.Recipient, error) {
	if s.reveal == nil {
		return nil, errNoSecret
	}
	inner := s.reveal()
	if inner.identity != nil {
		return inner.identity.Recipient(), nil
	}
	recipient, err := age.NewScryptRecipient(inner.passphrase)
	if err != nil {
		return nil, errNoSecret
	}
	recipient.SetWorkFactor(workFactor)
	return recipient, nil
}

func (s Secret) identity() (age.Identity, error) {
	if s.reveal == nil {
		return nil, errNoSecret
	}
	inner := s.reveal()
	if inner.identity != nil {
		return inner.identity, nil
	}
	identity, err := age.NewScryptIdentity(inner.passphrase)
	if err != nil {
		return nil, errNoSecret
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	return identity, nil
}

var errNoSecret = errors.New("no passphrase or key file given for the key ring")
