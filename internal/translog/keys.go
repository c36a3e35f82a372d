package translog

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"laurel/keys"
)

// The types of signature (C2SP signed-note, Signature types).
const (
	typeLog      = 0x01 // Ed25519
	typeWitness  = 0x04 // timestamped Ed25519 cosignature
	maxWitnesses = 32
)

// LogKey writes the verifier key of a log (C2SP signed-note, Verifier keys). Its name should
// be the log's origin.
func LogKey(name string, public crypto.PublicKey) (string, error) {
	return verifierKey(name, typeLog, public)
}

// WitnessKey writes the verifier key of a witness (C2SP tlog-cosignature, Format).
func WitnessKey(name string, public crypto.PublicKey) (string, error) {
	return verifierKey(name, typeWitness, public)
}

func verifierKey(name string, kind byte, public crypto.PublicKey) (string, error) {
	key, ok := public.(ed25519.PublicKey)
	if !ok || len(key) != ed25519.PublicKeySize {
		return "", fmt.Errorf("%w: logs and witnesses sign with Ed25519", keys.ErrUnsupported)
	}
	v := verifier{name, kind, key}
	text := fmt.Sprintf("%s+%08x+%s", name, v.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{kind}, key...)))
	_, err := parseKey(text, kind)
	return text, err
}

// verifier checks the signatures of a log or of a witness. It is a note.Verifier.
type verifier struct {
	name string
	kind byte
	key  ed25519.PublicKey
}

// parseKey reads a verifier key of one type.
func parseKey(text string, kind byte) (verifier, error) {
	bad := fmt.Errorf("%w: no verifier key of type %d: %q", ErrForm, kind, text)
	name, rest, _ := strings.Cut(text, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != kind {
		return verifier{}, bad
	}
	v := verifier{name, kind, raw[1:]}
	if name == "" || strings.Join(strings.Fields(name), "") != name || !printable(name) || fmt.Sprintf("%08x", v.KeyHash()) != id {
		return verifier{}, bad
	}
	// A key of small order would verify the signatures of anybody.
	if _, err := keys.Multikey(v.key); err != nil {
		return verifier{}, bad
	}
	return v, nil
}

func printable(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}

func (v verifier) Name() string { return v.name }

func (v verifier) KeyHash() uint32 {
	h := sha256.New()
	h.Write([]byte(v.name + "\n"))
	h.Write([]byte{v.kind})
	h.Write(v.key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func (v verifier) Verify(msg, sig []byte) bool {
	if v.kind == typeLog {
		return ed25519.Verify(v.key, msg, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize || sig[0] >= 0x80 { // the time is at most 2^63-1
		return false
	}
	return ed25519.Verify(v.key, cosigned(cosignedAt(sig), msg), sig[8:])
}

// cosignedAt is the time in a timestamped signature.
func cosignedAt(sig []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(sig)), 0).UTC()
}

// cosigned is what a witness signs (C2SP tlog-cosignature, Ed25519 signed message).
func cosigned(at time.Time, body []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at.Unix()), body...)
}

// verifiers are the log's, which comes first, and the witnesses'. A witness counts once,
// however often and under whatever names it is listed, and the log is no witness of itself.
func (p Policy) verifiers() ([]note.Verifier, error) {
	own, err := parseKey(p.Key, typeLog)
	if err != nil {
		return nil, err
	}
	if p.Origin == "" || len(p.Witnesses) > maxWitnesses || p.Need < 0 || p.Need > len(p.Witnesses) {
		return nil, fmt.Errorf("%w: a policy without origin, or with a number of witnesses that cannot be met", ErrForm)
	}
	list := []note.Verifier{own}
	seen := map[string]bool{hex.EncodeToString(own.key): true}
	for _, text := range p.Witnesses {
		w, err := parseKey(text, typeWitness)
		if err != nil {
			return nil, err
		}
		if seen[hex.EncodeToString(w.key)] {
			return nil, fmt.Errorf("%w: a key that is listed twice is one pair of eyes", ErrForm)
		}
		seen[hex.EncodeToString(w.key)] = true
		list = append(list, w)
	}
	return list, nil
}

// Valid says what is wrong with a policy.
func (p Policy) Valid() error {
	_, err := p.verifiers()
	return err
}

// pen signs notes with a key that is lent. It is a note.Signer.
type pen struct {
	verifier
	signer crypto.Signer
	at     time.Time // of a witness
}

func newPen(name string, kind byte, signer crypto.Signer) (pen, error) {
	text, err := verifierKey(name, kind, signer.Public())
	if err != nil {
		return pen{}, err
	}
	v, err := parseKey(text, kind)
	return pen{verifier: v, signer: signer}, err
}

func (p pen) Sign(msg []byte) ([]byte, error) {
	var sig []byte
	message := msg
	if p.kind == typeWitness {
		sig = binary.BigEndian.AppendUint64(nil, uint64(p.at.Unix()))
		message = cosigned(p.at, msg)
	}
	made, err := p.signer.Sign(rand.Reader, message, crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	if sig = append(sig, made...); !p.Verify(msg, sig) {
		return nil, errors.New("the signer's own signature does not verify")
	}
	return sig, nil
}
