package vcapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"laurel/internal/proof"
	"laurel/internal/status"
)

// StatusPath is where the status list stands below the base address.
const StatusPath = "/vc-api/status/1"

// room is how many credentials the list takes.
const room = status.MinEntries / 2

// statusList is the list of the issuer that adds status entries. Nothing in it is ever
// revoked: it was signed once, and the credentials of this process end with its keys.
type statusList struct {
	address  string
	document []byte

	mu    sync.Mutex
	taken map[int]bool // guarded by mu
}

var errListFull = errors.New("the status list has no room for more credentials until the server is started anew")

func (s *Service) newList(ctx context.Context, base string) (*statusList, error) {
	by, _ := s.issuer(statusIssuer)
	list := &statusList{address: base + StatusPath, taken: map[int]bool{}}
	prepared, err := status.PrepareList(list.address, by.ID, status.Revocation, status.New(status.MinEntries), s.now())
	if err != nil {
		return nil, fmt.Errorf("the status list: %w", err)
	}
	list.document, err = proof.Sign(ctx, s.processor, prepared, by.signer, s.now())
	return list, err
}

// StatusList returns the signed status list (GET /vc-api/status/1).
func (s *Service) StatusList() []byte { return s.list.document }

// enter adds an entry of the list to those that a credential has. Indexes are at random
// (BSL §2.1), and none is used twice; a list that is half full takes no more.
func (l *statusList) enter(tree map[string]any) error {
	index, err := l.take()
	if err != nil {
		return err
	}
	entry := status.NewEntry(l.address, status.Revocation, index)
	switch present := tree["credentialStatus"].(type) {
	case nil:
		tree["credentialStatus"] = entry
	case []any:
		tree["credentialStatus"] = append(append([]any{}, present...), entry)
	default:
		tree["credentialStatus"] = []any{present, entry}
	}
	return nil
}

func (l *statusList) take() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.taken) >= room {
		return 0, errListFull
	}
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(status.MinEntries))
		if err != nil {
			return 0, err
		}
		if index := int(n.Int64()); !l.taken[index] {
			l.taken[index] = true
			return index, nil
		}
	}
}
