package registrar

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/internal/durable"
	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/keys"
	"laurel/registry"
)

// Proposal is an event that too few people have signed.
type Proposal struct {
	*registry.Event
	Signers []string // thumbprints that are said to have signed
	Need    int      // how many must
	// Fault says why it cannot be accepted any more; empty: it can.
	Fault string
}

// Propose writes an event down with its first signature, and gives it an id. It must be able
// to follow those that were accepted. Where one person suffices, it is accepted.
func (b *Book) Propose(e *registry.Event, key crypto.Signer) (accepted bool, err error) {
	e.ID = "ev-" + strings.ToLower(rand.Text()[:20])
	if e.Grant != nil {
		e.Grant.ID, e.Grant.By, e.Grant.Class = e.ID, registry.ByRegistry, registry.GrantedByRegistry
	}
	if e.Binding != nil {
		e.Binding.Event = e.ID
	}
	if e.Grade != nil {
		e.Grade.Event = e.ID
	}
	payload, err := e.JSON()
	if err != nil {
		return false, err
	}
	ledger, _, err := b.Ledger()
	if err != nil {
		return false, err
	}
	if err := ledger.Apply(e); err != nil {
		return false, err
	}
	return b.sign(e, signed.Draft(payload), key)
}

// Approve adds a signature to a proposal. Whoever signs has read it.
func (b *Book) Approve(id string, key crypto.Signer) (accepted bool, err error) {
	u, e, err := b.proposal(id)
	if err != nil {
		return false, err
	}
	ledger, _, err := b.Ledger()
	if err != nil {
		return false, err
	}
	if err := ledger.Apply(e); err != nil {
		return false, err
	}
	return b.sign(e, u, key)
}

// sign adds a signature of a holder of the event's role; enough of them make it accepted.
func (b *Book) sign(e *registry.Event, u signed.Unverified, key crypto.Signer) (accepted bool, err error) {
	roots, err := b.roots()
	if err != nil {
		return false, err
	}
	if role := RoleOf(e.Type); !roots[len(roots)-1].Holds(role, key.Public()) {
		return false, fmt.Errorf("%w: %s is decided by who holds the role %s", ErrNotYours, e.Type, role)
	}
	if u, err = u.Sign(EventType, key); err != nil {
		return false, err
	}
	if _, err := accept(u.Bytes(), roots); errors.Is(err, signed.ErrThreshold) {
		return false, durable.Replace(b.proposalPath(e.ID), u.Bytes())
	} else if err != nil {
		return false, err
	}
	if err := b.keep(e.ID, u.Bytes()); err != nil {
		return false, err
	}
	if err := os.Remove(b.proposalPath(e.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	return true, nil
}

// keep puts an accepted event behind those that wait.
func (b *Book) keep(id string, document []byte) error {
	files, err := os.ReadDir(filepath.Join(b.dir, "accepted"))
	if err != nil {
		return err
	}
	number := 1
	if len(files) > 0 {
		if _, err := fmt.Sscanf(files[len(files)-1].Name(), "%08d-", &number); err != nil {
			return fmt.Errorf("%s does not belong into the folder of accepted events", files[len(files)-1].Name())
		}
		number++
	}
	return durable.Replace(filepath.Join(b.dir, "accepted", fmt.Sprintf("%08d-%s.json", number, id)), document)
}

func (b *Book) proposalPath(id string) string {
	return filepath.Join(b.dir, "proposals", id+".json")
}

func (b *Book) proposal(id string) (signed.Unverified, *registry.Event, error) {
	if strings.ContainsAny(id, `/\.`) {
		return signed.Unverified{}, nil, ErrNoEvent
	}
	document, err := os.ReadFile(b.proposalPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return signed.Unverified{}, nil, fmt.Errorf("%w: %.60s", ErrNoEvent, id)
	}
	if err != nil {
		return signed.Unverified{}, nil, err
	}
	u, err := signed.Read(document, maxDocument)
	if err != nil {
		return u, nil, err
	}
	e, err := registry.ReadEvent(u.UnverifiedPayload())
	if err == nil && e.ID != id {
		err = fmt.Errorf("%w: the file of %.60s holds another", registry.ErrEvent, id)
	}
	return u, e, err
}

// Proposals lists what waits for another signature.
func (b *Book) Proposals() (all []Proposal, err error) {
	files, err := os.ReadDir(filepath.Join(b.dir, "proposals"))
	if err != nil {
		return nil, err
	}
	events, err := b.Events()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		id, isJSON := strings.CutSuffix(f.Name(), ".json")
		if !isJSON {
			continue
		}
		u, e, err := b.proposal(id)
		if err != nil {
			return nil, err
		}
		p := Proposal{Event: e, Signers: u.Claimed(), Need: e.Type.People()}
		ledger, err := apply(events, b.facts.Known)
		if err != nil {
			return nil, err
		}
		if err := ledger.Apply(e); err != nil {
			p.Fault = err.Error()
		}
		all = append(all, p)
	}
	return all, nil
}

// Reject throws a proposal away.
func (b *Book) Reject(id string) error {
	if _, _, err := b.proposal(id); err != nil {
		return err
	}
	return os.Remove(b.proposalPath(id))
}

// SignStaged adds a holder's signature to each staged document that a key of theirs may sign and
// has not, and names them.
func (b *Book) SignStaged(keys ...crypto.Signer) (done []string, err error) {
	pending, err := b.writer.Pending()
	if err != nil {
		return nil, err
	}
	for _, p := range pending {
		for _, key := range keys {
			if may, err := b.MaySign(p, key); err != nil {
				return done, err
			} else if !may {
				continue
			}
			if err := repository.SignFile(p.Path, key); err != nil {
				return done, err
			}
			done = append(done, filepath.Base(p.Path))
		}
	}
	return done, nil
}

// MaySign tells whether one of the keys is of a role that signs a staged document, and has not
// signed it.
func (b *Book) MaySign(p repository.Pending, signers ...crypto.Signer) (bool, error) {
	role, err := b.roleOf(p)
	if err != nil {
		return false, err
	}
	for _, key := range signers {
		name, err := keys.Thumbprint(key.Public())
		if err != nil {
			return false, err
		}
		if role.Holds(key.Public()) && !slices.Contains(p.Signers, name) {
			return true, nil
		}
	}
	return false, nil
}

// roleOf returns the role whose holders sign a staged document: of a root its own and those
// of the root before.
func (b *Book) roleOf(p repository.Pending) (repository.Role, error) {
	if p.Role != repository.RoleRoot {
		root, err := b.writer.NewestRoot()
		if err != nil {
			return repository.Role{}, err
		}
		return root.Roles[p.Role], nil
	}
	document, err := os.ReadFile(p.Path)
	if err != nil {
		return repository.Role{}, err
	}
	root, err := repository.DraftRoot(document)
	if err != nil {
		return repository.Role{}, err
	}
	before, err := Roots(b.Public())
	if err != nil {
		return repository.Role{}, err
	}
	role := root.Roles[repository.RoleRoot]
	if len(before) > 0 {
		role.Keys = append(slices.Clone(role.Keys), before[len(before)-1].Roles[repository.RoleRoot].Keys...)
	}
	return role, nil
}
