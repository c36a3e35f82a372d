package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/registrar"
	"laurel/internal/repository"
	"laurel/internal/translog"
	"laurel/keys"
	"laurel/registry"
)

func newRegistry() *cobra.Command {
	c := &cobra.Command{
		Use:   "registry",
		Short: "The trusted-issuer registry: run one, follow one, ask one",
		Long: `The trusted-issuer registry.

To ask:   pull a copy of a registry whose root you got from somebody you trust, then
          check issuers by it; 'laurel verify --registry' does so for badges.
To run:   init makes a registry with keys for those who decide; propose and sign are their
          decisions; publish makes the next version of the files that you serve.
To watch: audit makes the published lists again from the log; report and draw too need
          nothing else.`,
	}
	c.AddCommand(
		newRegistryInit(), newRegistryImport(), newRegistryPropose(), newRegistrySign(), newRegistryPublish(),
		newRegistryApply(), newRegistryApplications(), newRegistryReview(), newRegistryRecheck(),
		newRegistryPull(), newRegistryList(), newRegistryCheck(),
		newRegistryAudit(), newRegistryReport(), newRegistryDraw(),
		newRegistryRoot(), newRegistryWitness(), newRegistryAttach(),
	)
	return c
}

// bookFlags are the flags of commands on the operator's folder.
type bookFlags struct {
	dir  string
	keys string
}

const defaultBook = "laurel-registry"

func (f *bookFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "dir", defaultBook, "folder of the registry")
	c.Flags().StringVar(&f.keys, "keys", "", "folder with the keys of who signs (default DIR/keys)")
}

func (f *bookFlags) open(ctx context.Context) (*registrar.Book, error) {
	mirrored, err := facts(ctx, f.dir)
	if err != nil {
		return nil, err
	}
	return registrar.Open(f.dir, mirrored)
}

func (f *bookFlags) keyFolder() string {
	if f.keys != "" {
		return f.keys
	}
	return filepath.Join(f.dir, "keys")
}

// holders of keys: who decides offline, who decides day by day, and the machine.
var (
	rootHolders    = []string{"root-1", "root-2", "root-3"}
	officerHolders = []string{"officer-1", "officer-2", "officer-3"}
)

const machineHolder = "online"

// holderKeys opens the keys of one holder: HOLDER.age, which HOLDER.key opens.
func holderKeys(folder, holder string) (*keys.Ring, error) {
	if holder == "" || strings.ContainsAny(holder, `/\`) {
		return nil, usageError{errors.New("--as names a holder of keys, such as officer-1")}
	}
	secret, err := keys.KeyFile(filepath.Join(folder, holder+".key"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the keys of %s are not in %s; name their folder with --keys", holder, folder)
	}
	if err != nil {
		return nil, err
	}
	return keys.Open(filepath.Join(folder, holder+".age"), secret)
}

// makeHolder makes the keys of one holder, n of them.
func makeHolder(folder, holder string, n int, now time.Time) (all []crypto.Signer, err error) {
	file := filepath.Join(folder, holder+".key")
	if err := keys.GenerateKeyFile(file); err != nil {
		return nil, err
	}
	secret, err := keys.KeyFile(file)
	if err != nil {
		return nil, err
	}
	ring, err := keys.Create(filepath.Join(folder, holder+".age"), secret)
	if err != nil {
		return nil, err
	}
	for range n {
		k, err := ring.Generate(keys.Ed25519, now)
		if err != nil {
			return nil, err
		}
		signer, err := ring.Signer(k.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, signer)
	}
	return all, nil
}

// signers are the active keys of a ring.
func signers(ring *keys.Ring) (all []crypto.Signer, err error) {
	for _, k := range ring.List() {
		if !k.Active() {
			continue
		}
		signer, err := ring.Signer(k.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, signer)
	}
	if len(all) == 0 {
		return nil, errors.New("the ring has no key that signs")
	}
	return all, nil
}

func publics(signers ...crypto.Signer) (all []crypto.PublicKey) {
	for _, s := range signers {
		all = append(all, s.Public())
	}
	return all
}

type registryInitFlags struct {
	bookFlags
	registrar.Config
}

func newRegistryInit() *cobra.Command {
	f := &registryInitFlags{}
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a registry, with keys for those who decide",
		Long: `Make a registry.

Three people hold the root, of whom two sign a change of who holds what; three officers
decide, of whom two sign what is published and what is grave; a machine that is online
publishes. The keys of each lie in DIR/keys as HOLDER.age and the HOLDER.key that opens it:
give each their two files, and keep none of the others'.`,
		Example: `  laurel registry init --name "Sample Registry" --origin registry.example/obtr --base-url https://registry.example`,
		Args:    exactly(0, "no argument"),
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.Name, "name", "", "what people call the registry")
	c.Flags().StringVar(&f.Origin, "origin", "", "name of its log, a host and a path; cannot change")
	c.Flags().StringVar(&f.BaseURL, "base-url", "", "address under which the world reaches it")
	c.Flags().StringVar(&f.Policy, "policy", "eqar-covered/v1", "policy by which mirrored facts become grants")
	return c
}

func (f *registryInitFlags) run(c *cobra.Command) error {
	folder, now := f.keyFolder(), time.Now()
	if _, err := os.Stat(filepath.Join(f.dir, "registry.json")); err == nil {
		return fmt.Errorf("%s is a registry already; name another folder with --dir", f.dir)
	}
	if err := f.Config.Check(); err != nil {
		return usageError{fmt.Errorf("--name, --origin, --base-url: %w", err)}
	}
	if held, err := os.ReadDir(folder); err == nil && len(held) > 0 {
		return fmt.Errorf("%s holds keys already, perhaps of an attempt that was interrupted; remove it, or name another folder with --dir", folder)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	root, roots, err := f.people(folder, now)
	if err != nil {
		return err
	}
	book, err := registrar.Init(f.dir, f.Config, root, now)
	if err != nil {
		return err
	}
	defer book.Close()
	for _, key := range roots[:2] {
		if _, err := book.SignStaged(key); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.OutOrStdout(), `%s is ready: %s, in the log %s.
The keys are in %s. Give each holder their two files and keep none of the others':
  %s    sign who holds what; keep them offline
  %s    decide; two sign what is published
  online    publishes; stays on this machine
Next: laurel registry publish --dir %s
`, f.dir, clean(f.Name), f.Origin, folder, strings.Join(rootHolders, ", "), strings.Join(officerHolders, ", "), shellWord(f.dir))
	return nil
}

// people makes the keys of all holders, and the root that names them.
func (f *registryInitFlags) people(folder string, now time.Time) (root repository.Root, roots []crypto.Signer, err error) {
	var officers []crypto.Signer
	for _, holder := range rootHolders {
		made, err := makeHolder(folder, holder, 1, now)
		if err != nil {
			return root, nil, err
		}
		roots = append(roots, made...)
	}
	for _, holder := range officerHolders {
		made, err := makeHolder(folder, holder, 1, now)
		if err != nil {
			return root, nil, err
		}
		officers = append(officers, made...)
	}
	machine, err := makeHolder(folder, machineHolder, 4, now)
	if err != nil {
		return root, nil, err
	}
	log, err := translog.LogKey(f.Origin, machine[3].Public())
	if err != nil {
		return root, nil, usageError{fmt.Errorf("--origin: %w", err)}
	}
	root = repository.Root{
		Log: translog.Policy{Origin: f.Origin, Key: log},
		Roles: map[string]repository.Role{
			repository.RoleRoot:        {Keys: publics(roots...), Threshold: 2},
			registry.Overlay.String():  {Keys: publics(officers...), Threshold: 2},
			registry.Bindings.String(): {Keys: publics(officers...), Threshold: 2},
			registry.Mirror.String():   {Keys: publics(machine[0]), Threshold: 1},
			repository.RoleSnapshot:    {Keys: publics(machine[1]), Threshold: 1},
			repository.RoleTimestamp:   {Keys: publics(machine[2]), Threshold: 1},
		},
	}
	return root, roots, nil
}

// online tells the machine's keys apart by the roles that the root gives them.
func online(book *registrar.Book, ring *keys.Ring) (o registrar.Online, err error) {
	held, err := signers(ring)
	if err != nil {
		return o, err
	}
	root, err := book.NextRoot()
	if err != nil {
		return o, err
	}
	for _, key := range held {
		switch {
		case root.Holds(registry.Mirror.String(), key.Public()):
			o.Mirror = key
		case root.Holds(repository.RoleSnapshot, key.Public()):
			o.Snapshot = key
		case root.Holds(repository.RoleTimestamp, key.Public()):
			o.Timestamp = key
		default:
			o.Log = key
		}
	}
	if o.Mirror == nil || o.Snapshot == nil || o.Timestamp == nil || o.Log == nil {
		return o, fmt.Errorf("%w: the root gives the keys of %s fewer roles than mirror, snapshot, timestamp and log", registrar.ErrNotYours, machineHolder)
	}
	return o, nil
}

func newRegistryPublish() *cobra.Command {
	f := &bookFlags{}
	c := &cobra.Command{
		Use:   "publish",
		Short: "Publish what was decided and signed, or renew the timestamp",
		Long: `Publish what was decided and signed since the last time, or renew the timestamp of the version
that there is. Run it every few hours: a timestamp is good for 36 hours, and a registry
whose timestamp has run out is not relied on.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.publish(c.Context(), c) },
	}
	f.add(c)
	return c
}

func (f *bookFlags) publish(ctx context.Context, c *cobra.Command) error {
	book, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	ring, err := holderKeys(f.keyFolder(), machineHolder)
	if err != nil {
		return err
	}
	keys, err := online(book, ring)
	if err != nil {
		return err
	}
	state, err := book.Publish(ctx, keys, time.Now())
	var waiting *registrar.WaitingError
	if errors.As(err, &waiting) {
		for _, p := range waiting.Pending {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: %s waits: signed by %d of %d of the role %s\n", filepath.Base(p.Path), len(p.Signers), p.Need, p.Role)
		}
		fmt.Fprintln(c.ErrOrStderr(), "laurel: the officers sign with 'laurel registry sign --as officer-1'; then publish again")
		if state != nil {
			fmt.Fprintf(c.OutOrStdout(), "version %d stays, with a timestamp until %s\n", state.Snapshot.Version, state.Timestamp.Expires.Format(time.RFC3339))
		}
		return exit(exitIndeterminate)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "version %d, good until %s; serve %s\n", state.Snapshot.Version, state.Timestamp.Expires.Format(time.RFC3339), book.Public())
	return err
}
