// Package registrar answers: what did the operator of a registry decide, and what does the
// world see of it?
//
// A Book is the operator's folder. Decisions are events (package registry) that people sign:
// one proposes, and where it is grave another approves. What enough people signed is
// accepted, stands in the log with the next publication, and never changes. From the events
// and from the mirrored facts the shards of the next version are made, always the same from
// the same; the holders of each shard's role sign them, and a machine that is online
// publishes.
//
// Who is asked to sign, where the keys are and what is fetched from elsewhere is left to the
// callers.
package registrar

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"laurel/internal/durable"
	"laurel/internal/repository"
	"laurel/internal/strictjson"
	"laurel/registry"
)

// Config is the file registry.json in the folder.
type Config struct {
	// Origin names the registry in its log and for its clients, such as registry.example/obtr.
	// It cannot change.
	Origin string `json:"origin"`
	// BaseURL is where the world reaches the registry, such as https://registry.example.
	BaseURL string `json:"baseURL"`
	// Name is what people call it.
	Name string `json:"name"`
	// Policy is the name of the policy by which mirrored facts become grants.
	Policy string `json:"policy"`
}

// Facts are what is mirrored, as entries by policy. The zero value is none.
type Facts struct {
	// Entries are in the order of their ids. Of those that are bound to no identifier, details
	// that nobody can ask about are left out.
	Entries func(bound func(entity string) bool) iter.Seq2[*registry.Entry, error]
	Known   func(entity string) bool
	Sources []registry.SourceAge
}

// Book is the operator's folder. It is not safe for concurrent use; one process at a time has
// it.
type Book struct {
	Config
	dir    string
	facts  Facts
	writer *repository.Writer
}

// Errors that callers decide on.
var (
	ErrNoBook   = errors.New("there is no registry in the folder")
	ErrNoEvent  = errors.New("no such proposal")
	ErrNotYours = errors.New("the key has no say in this")
)

const configName = "registry.json"

var originForm = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._/-]+)?$`)

// Open opens the folder.
func Open(dir string, facts Facts) (*Book, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	return open(dir, config, facts)
}

func open(dir string, config Config, facts Facts) (*Book, error) {
	writer, err := repository.OpenWriter(dir)
	if err != nil {
		return nil, err
	}
	if facts.Known == nil {
		facts.Known = func(string) bool { return false }
	}
	b := &Book{Config: config, dir: dir, facts: facts, writer: writer}
	for _, name := range []string{"proposals", "accepted"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return nil, errors.Join(err, writer.Close())
		}
	}
	if err := b.sweep(); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return b, nil
}

// Close lets others open the folder.
func (b *Book) Close() error { return b.writer.Close() }

// Public is the folder to be served.
func (b *Book) Public() string { return b.writer.Public() }

func readConfig(raw []byte) (c Config, err error) {
	v, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: 64 << 10})
	if err != nil {
		return c, err
	}
	for name, m := range v.Members() {
		switch name {
		case "origin":
			c.Origin = m.Text()
		case "baseURL":
			c.BaseURL = m.Text()
		case "name":
			c.Name = m.Text()
		case "policy":
			c.Policy = m.Text()
		default:
			return c, fmt.Errorf("the member %.40q is not known; there are origin, baseURL, name and policy", name)
		}
	}
	return c, c.Check()
}

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	switch {
	case !originForm.MatchString(c.Origin) || len(c.Origin) > 200:
		return fmt.Errorf("the origin %.80q is not a host with a path, in small letters, such as registry.example/obtr", c.Origin)
	case c.BaseURL == "":
		return errors.New("there is no address under which the world reaches the registry")
	case c.Name == "" || len(c.Name) > 200:
		return errors.New("the registry has no name, or too long a one")
	}
	return nil
}

// How long the documents are good, and how long before their end they are made anew.
const (
	lifeOfRoot     = 365 * 24 * time.Hour
	lifeOfShard    = 90 * 24 * time.Hour
	lifeOfSnapshot = 7 * 24 * time.Hour
	renewShard     = 30 * 24 * time.Hour
	renewSnapshot  = 4 * 24 * time.Hour
)

// Init makes a folder with a root, which its holders have yet to sign: Book.Pending names the
// document. Nothing that is there is touched.
func Init(dir string, config Config, root repository.Root, now time.Time) (*Book, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, configName)
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s exists already", path)
	}
	root.Dates = repository.Dates{Issued: now, Expires: now.Add(lifeOfRoot)}
	root.Shards = nil
	for _, s := range registry.Shards {
		root.Shards = append(root.Shards, s.String())
	}
	b, err := open(dir, config, Facts{})
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(config, "", "  ")
	if err == nil {
		_, err = b.writer.StageRoot(root)
	}
	if err == nil {
		err = durable.Replace(path, append(raw, '\n'))
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Pending lists the documents that people have to sign, and what they lack.
func (b *Book) Pending() ([]repository.Pending, error) { return b.writer.Pending() }

// Root is the newest root: who holds which role.
func (b *Book) Root() (*repository.Root, error) {
	roots, err := b.roots()
	if err != nil {
		return nil, err
	}
	return roots[len(roots)-1], nil
}

// ReadConfig reads what a registry's folder says of it.
func ReadConfig(dir string) (Config, error) {
	raw, err := os.ReadFile(filepath.Join(dir, configName))
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf("%w %s; make one with 'laurel registry init'", ErrNoBook, dir)
	}
	if err != nil {
		return Config{}, err
	}
	config, err := readConfig(raw)
	if err != nil {
		err = fmt.Errorf("%s: %w", filepath.Join(dir, configName), err)
	}
	return config, err
}
