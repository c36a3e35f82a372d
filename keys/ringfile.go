package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"
)

// The inside of a ring file: a JSON document of version 1.
type ringFile struct {
	Version int       `json:"version"`
	Keys    []keyFile `json:"keys"`
}

type keyFile struct {
	ID        string     `json:"id"`
	Algorithm Algorithm  `json:"algorithm"`
	Created   time.Time  `json:"created"`
	NotAfter  *time.Time `json:"notAfter,omitempty"`
	Revoked   *time.Time `json:"revoked,omitempty"`
	PKCS8     []byte     `json:"pkcs8"`
}

const (
	ringVersion = 1
	maxRingFile = 2 << 20 // bytes; 256 RSA keys of 4096 bits need less
)

// seal encrypts a list of keys into the bytes of a ring file.
func (r *Ring) seal(keys []*held) ([]byte, error) {
	plain, err := marshalRing(keys)
	if err != nil {
		return nil, err
	}
	recipient, err := r.secret.recipient(r.workFactor)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, errors.New("cannot encrypt the key ring")
	}
	_, err = w.Write(plain)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, errors.New("cannot encrypt the key ring")
	}
	return sealed.Bytes(), nil
}

func marshalRing(keys []*held) ([]byte, error) {
	file := ringFile{Version: ringVersion, Keys: []keyFile{}}
	for _, k := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(k.private)
		if err != nil {
			return nil, fmt.Errorf("key %s cannot be encoded", k.ID)
		}
		file.Keys = append(file.Keys, keyFile{k.ID, k.Algorithm, k.Created, k.NotAfter, k.Revoked, der})
	}
	return json.Marshal(file)
}

func readRing(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRingFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxRingFile {
		return nil, fmt.Errorf("%w (%s is larger than any ring)", ErrCorrupt, path)
	}
	return b, nil
}

// unseal decrypts the bytes of a ring file and reads them. The causes below it stay hidden: they may speak of what
// they read.
func unseal(b []byte, s Secret) ([]*held, error) {
	identity, err := s.identity()
	if err != nil {
		return nil, err
	}
	opened, err := age.Decrypt(bytes.NewReader(b), identity)
	if noMatch := new(age.NoIdentityMatchError); errors.As(err, &noMatch) {
		return nil, ErrWrongSecret
	}
	if err != nil {
		return nil, ErrCorrupt
	}
	plain, err := io.ReadAll(opened)
	if err != nil {
		return nil, ErrCorrupt
	}
	return parseRing(plain)
}

func parseRing(plain []byte) ([]*held, error) {
	var file ringFile
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, ErrCorrupt
	}
	if file.Version != ringVersion {
		return nil, fmt.Errorf("the key ring has version %d, this program reads %d: use the program that wrote it",
			file.Version, ringVersion)
	}
	if _, err := d.Token(); err != io.EOF || len(file.Keys) > maxKeys {
		return nil, ErrCorrupt
	}
	keys := make([]*held, 0, len(file.Keys))
	seen := map[string]bool{}
	for _, item := range file.Keys {
		k, err := item.held()
		if err != nil || seen[k.ID] {
			return nil, ErrCorrupt
		}
		seen[k.ID] = true
		keys = append(keys, k)
	}
	return keys, nil
}

// held rebuilds a key and checks that its labels are its own.
func (item keyFile) held() (*held, error) {
	private, err := parsePKCS8(item.PKCS8)
	if err != nil {
		return nil, err
	}
	k, err := hold(private, item.Created)
	if err != nil {
		return nil, err
	}
	if k.ID != item.ID || k.Algorithm != item.Algorithm || (item.Revoked != nil && item.NotAfter == nil) {
		return nil, ErrCorrupt
	}
	k.NotAfter, k.Revoked = item.NotAfter, item.Revoked
	return k, nil
}
