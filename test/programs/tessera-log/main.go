// Tessera-log is the other side of the tests of proofs, without any code of the product:
//
//	tessera-log write FOLDER COUNT           makes a tiled log by Tessera's POSIX driver, prints its verifier key, and
//	                                         leaves a proof of every entry in FOLDER/proofs/<index>.tlog-proof
//	tessera-log check PROOF VKEY LEAF-FILE   checks a C2SP tlog-proof by transparency-dev's formats and merkle
//
// Entry n of a written log is the text "entry n ✓".
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	f_log "github.com/transparency-dev/formats/log"
	f_proof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const origin = "tessera.example/log"

func main() {
	err := errors.New("usage: tessera-log write FOLDER COUNT | check PROOF VKEY LEAF-FILE")
	switch {
	case len(os.Args) == 4 && os.Args[1] == "write":
		err = write(context.Background(), os.Args[2], os.Args[3])
	case len(os.Args) == 5 && os.Args[1] == "check":
		err = check(os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tessera-log:", err)
		os.Exit(1)
	}
}

func write(ctx context.Context, folder, countText string) error {
	count, err := strconv.ParseUint(countText, 10, 32)
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(uint(count), 100*time.Millisecond).
		WithCheckpointInterval(100 * time.Millisecond)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	published := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	futures := make([]tessera.IndexFuture, count)
	for n := range futures {
		futures[n] = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d ✓", n)))
	}
	for _, future := range futures {
		if _, _, err := published.Await(ctx, future); err != nil {
			return err
		}
	}
	if err := shutdown(ctx); err != nil {
		return err
	}
	fmt.Println(vkey)
	return writeProofs(ctx, folder, reader, verifier)
}

func writeProofs(ctx context.Context, folder string, reader tessera.LogReader, verifier note.Verifier) error {
	checkpoint, raw, _, err := client.FetchCheckpoint(ctx, reader.ReadCheckpoint, verifier, origin)
	if err != nil {
		return err
	}
	builder, err := client.NewProofBuilder(ctx, checkpoint.Size, reader.ReadTile)
	if err != nil {
		return err
	}
	proofs := filepath.Join(folder, "proofs")
	if err := os.Mkdir(proofs, 0o700); err != nil {
		return err
	}
	for n := range checkpoint.Size {
		hashes, err := builder.InclusionProof(ctx, n)
		if err != nil {
			return err
		}
		text := f_proof.TLogProof{Index: n, Checkpoint: raw}
		for _, hash := range hashes {
			text.Hashes = append(text.Hashes, [32]byte(hash))
		}
		path := filepath.Join(proofs, fmt.Sprintf("%d.tlog-proof", n))
		if err := os.WriteFile(path, text.Marshal(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func check(proofPath, vkey, leafPath string) error {
	raw, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	leaf, err := os.ReadFile(leafPath)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	var text f_proof.TLogProof
	if err := text.Unmarshal(raw); err != nil {
		return err
	}
	checkpoint, _, _, err := f_log.ParseCheckpoint(text.Checkpoint, verifier.Name(), verifier)
	if err != nil {
		return err
	}
	var hashes [][]byte
	for _, hash := range text.Hashes {
		hashes = append(hashes, hash[:])
	}
	tree := rfc6962.DefaultHasher
	return proof.VerifyInclusion(tree, text.Index, checkpoint.Size, tree.HashLeaf(leaf), hashes, checkpoint.Hash)
}
