// Package onboarding answers: who asks to be listed, and what is there to be seen of them?
//
// An institution applies with the identifier under which it issues and the domain that is its
// own. It signs a challenge, and shows control of the domain; Look gathers what can be seen,
// as often as is wanted, and Propose makes of it the events that the operator decides about.
// Everything that an applicant says is a claim until then, and none of it is published.
//
// Whether it is the institution that applies only a person can find out, by asking at a
// contact that is known otherwise.
package onboarding

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"laurel/internal/durable"
	"laurel/internal/linkage"
	"laurel/internal/strictjson"
	"laurel/registry"
)

// Errors that callers decide on.
var (
	ErrNotFound = errors.New("no such application")
	ErrRefused  = errors.New("the application cannot be taken")
	ErrFull     = errors.New("too many applications wait; come again later")
	ErrClosed   = errors.New("the application is closed")
)

// Request is what an applicant says.
type Request struct {
	DID     string
	Domain  string // that is the institution's own, such as college.example
	Entry   string // its entry in the registry, if it has one already, such as deqarinst0001
	Name    string
	Country string
	Site    string
}

// State is how far an application is.
type State string

// The states.
const (
	Open     State = "open"     // the challenge waits for an answer, or the operator looks
	Proposed State = "proposed" // the operator proposed to list it
	Rejected State = "rejected"
)

// Application is one request to be listed.
type Application struct {
	ID        string            `json:"id"` // unguessable: who has it sees the application
	Entity    string            `json:"entity"`
	New       bool              `json:"new"` // the registry has no entry of it yet
	Name      string            `json:"name"`
	Country   string            `json:"country,omitempty"`
	Site      string            `json:"site,omitempty"`
	DID       string            `json:"did"`
	Domain    string            `json:"domain"`
	Challenge linkage.Challenge `json:"challenge"`
	Answer    string            `json:"answer,omitempty"`
	State     State             `json:"state"`
	Reason    string            `json:"reason,omitempty"`
	Created   time.Time         `json:"created"`
}

// How long and how many.
const (
	lifeOfChallenge = 14 * 24 * time.Hour
	maxOpen         = 500
	maxText         = 200
	maxFile         = 64 << 10
)

// Desk keeps applications in a folder. It is safe for use by several processes: each
// application is a file that is replaced whole.
type Desk struct {
	dir    string
	origin string // of the registry, which challenges name
	now    func() time.Time
}

// OpenDesk opens the folder, or makes one.
func OpenDesk(dir, origin string, now func() time.Time) (*Desk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Desk{dir, origin, now}, nil
}

// Apply takes an application down. The snapshot tells which institutions there are; it may be
// nil, if none was published yet.
func (d *Desk) Apply(r Request, s *registry.Snapshot) (*Application, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	all, err := d.All()
	if err != nil {
		return nil, err
	}
	if err := d.makeRoom(all); err != nil {
		return nil, err
	}
	a := &Application{
		ID: strings.ToLower(rand.Text()), Name: r.Name, Country: r.Country, Site: r.Site, DID: registry.NormalDID(r.DID), Domain: strings.ToLower(r.Domain),
		State: Open, Created: d.now().UTC().Truncate(time.Second),
	}
	if err := a.settle(r.Entry, s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	a.Challenge = linkage.NewChallenge(d.origin, a.DID, d.now().Add(lifeOfChallenge))
	return a, d.keep(a)
}

// makeRoom drops what can be dropped where too many applications wait: the oldest that nobody
// signed a challenge for, so that whoever floods the desk floods out their own.
func (d *Desk) makeRoom(all []*Application) error {
	waiting, oldest := 0, (*Application)(nil)
	for _, a := range all {
		if a.State != Open || !d.now().Before(a.Challenge.Expires) {
			continue
		}
		if waiting++; oldest == nil && a.Answer == "" {
			oldest = a
		}
	}
	switch {
	case waiting < maxOpen:
		return nil
	case oldest == nil:
		return ErrFull
	}
	return os.Remove(filepath.Join(d.dir, oldest.ID+".json"))
}

func (r Request) check() error {
	for what, text := range map[string]string{"the identifier": r.DID, "the domain": r.Domain, "the name": r.Name, "the home page": r.Site, "the entry": r.Entry} {
		if len(text) > maxText || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }) {
			return fmt.Errorf("%s is longer than %d bytes, or no line of text", what, maxText)
		}
	}
	if !strings.HasPrefix(r.DID, "did:") || strings.ContainsAny(r.DID, "#? ") {
		return fmt.Errorf("%.80q is not a DID, such as did:web:badges.college.example", r.DID)
	}
	if _, err := linkage.Registrable(r.Domain); err != nil {
		return err
	}
	if host := registry.HostOf(r.DID); strings.HasPrefix(r.DID, "did:web:") {
		if _, err := linkage.Registrable(host); err != nil {
			return err
		}
	}
	if u, err := url.Parse(r.Site); r.Site != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("%.80q is not the https address of a home page", r.Site)
	}
	if r.Country != "" && (len(r.Country) < 2 || len(r.Country) > 6) {
		return fmt.Errorf("%.20q is not the code of a country, such as ES", r.Country)
	}
	return nil
}

// settle finds the entry that is meant, or names a new one after the domain.
func (a *Application) settle(entry string, s *registry.Snapshot) error {
	if entry != "" {
		a.Entity = entry
		if !strings.HasPrefix(entry, registry.EntityPrefix) {
			a.Entity = registry.EntityPrefix + strings.ToLower(entry)
		}
		if s == nil {
			return errors.New("the registry has no entries yet")
		}
		e, err := s.Entry(a.Entity)
		if err != nil {
			return fmt.Errorf("the registry has no entry %.60q", entry)
		}
		a.Name = e.Name()
		return nil
	}
	if a.Name == "" {
		return errors.New("the institution has no name")
	}
	a.New, a.Entity = true, registry.EntityPrefix+"x-"+a.Domain
	if s != nil {
		if e, err := s.Entry(a.Entity); err == nil { // it applies with another identifier
			a.New, a.Name = false, e.Name()
		}
	}
	return nil
}

// Answered takes the signed challenge. It is kept as it is; Look says whether it holds.
func (d *Desk) Answered(id string, answer []byte) (*Application, error) {
	a, err := d.Get(id)
	if err != nil {
		return nil, err
	}
	if a.State != Open {
		return nil, ErrClosed
	}
	if len(answer) > maxFile/4 {
		return nil, fmt.Errorf("%w: the answer is too long", ErrRefused)
	}
	a.Answer = string(answer)
	return a, d.keep(a)
}

// Close ends an application.
func (d *Desk) Close(id string, state State, reason string) error {
	a, err := d.Get(id)
	if err != nil {
		return err
	}
	a.State, a.Reason = state, reason
	return d.keep(a)
}

// Get returns an application.
func (d *Desk) Get(id string) (*Application, error) {
	if id == "" || len(id) > 64 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return nil, ErrNotFound
	}
	raw, err := os.ReadFile(filepath.Join(d.dir, id+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if _, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: maxFile, Depth: 4, Values: 100}); err != nil {
		return nil, fmt.Errorf("the file of the application %s: %w", id, err)
	}
	a := &Application{}
	if err := json.Unmarshal(raw, a); err != nil || a.ID != id {
		return nil, fmt.Errorf("the file of the application %s is damaged", id)
	}
	return a, nil
}

// All returns every application, the oldest first.
func (d *Desk) All() (all []*Application, err error) {
	files, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		id, isJSON := strings.CutSuffix(f.Name(), ".json")
		if !isJSON {
			continue
		}
		a, err := d.Get(id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	sortByAge(all)
	return all, nil
}

func (d *Desk) keep(a *Application) error {
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(d.dir, a.ID+".json"), append(raw, '\n'))
}
