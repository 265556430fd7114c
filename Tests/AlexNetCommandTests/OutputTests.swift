import Foundation
import Testing

@Suite struct OutputTests {
  @Test("--output writes the same bytes to a file")
  func file() throws {
    let folder = try TemporaryFolder()
    let path = folder["out.json"].path
    let outcome = try BuiltProgram.run("--json", "cat.jpg", "--output", path)
    #expect(outcome.stdout.isEmpty && outcome.exitCode == 0)
    #expect(try folder.text("out.json") == BuiltProgram.run("--json", "cat.jpg").stdout)
    #expect(try folder.names == ["out.json"])
  }

  /// Whether something can be mounted here, which needs the rights of the superuser.
  private static let canMount =
    (try? BuiltProgram.shell("unshare -m true").exitCode == 0) ?? false

  @Test(
    "a file on which another is mounted is written in place, and that is said",
    .enabled(if: canMount))
  func mounted() throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    let outcome = try BuiltProgram.shell(
      """
      yes old | head -9999 > 'real file'; touch 'o 1.json'
      unshare -m sh -c 'mount --bind "real file" "o 1.json" &&
        "$ALEXNET" --json cat.jpg missing.jpg -o "o 1.json"; "$ALEXNET" --model none cat.jpg -o "o 1.json"'
      """, in: folder.url)
    #expect(outcome.stderr.contains("o 1.json cannot be replaced"))
    #expect(outcome.stderr.contains("it is written in place"))
    #expect(
      try folder.text("real file")
        == BuiltProgram.run(["--json", "cat.jpg", "missing.jpg"], in: folder.url).stdout)
    #expect(try folder.names.sorted() == ["cat.jpg", "o 1.json", "real file"])
  }

  @Test("the ending of the output file decides its format, unless one is named")
  func ending() throws {
    let folder = try TemporaryFolder()
    for (name, option) in [("o.json", "--json"), ("o.JSONL", "--jsonl"), ("o.csv", "--csv")] {
      #expect(try BuiltProgram.run("cat.jpg", "-o", folder[name].path).exitCode == 0)
      #expect(try folder.text(name) == BuiltProgram.run(option, "cat.jpg").stdout)
    }
    #expect(
      try BuiltProgram.run("cat.jpg", "--format", "table", "-o", folder["t.csv"].path).exitCode
        == 0)
    #expect(try folder.text("t.csv").contains("%"))
  }

  @Test("an output that is an image is refused, and the image stays as it is")
  func sparesImages() throws {
    let folder = try TemporaryFolder()
    for name in ["1.jpg", "2.jpg", "3.jpg"] { try folder.copy("cat.jpg", to: name) }
    let before = try Data(contentsOf: folder["1.jpg"])
    let outcome = try BuiltProgram.shell("alexnet -o *.jpg", in: folder.url)
    #expect(outcome.exitCode == 64)
    #expect(
      outcome.stderr.contains("the output '1.jpg' is an image, which the results would replace"))
    #expect(try Data(contentsOf: folder["1.jpg"]) == before)
  }

  @Test("an image on standard input needs no name, and -j2 is a number of threads")
  func standardInput() throws {
    let photo = BuiltProgram.photos.appendingPathComponent("cat.jpg").path
    for command in ["alexnet --jsonl < '\(photo)'", "cat '\(photo)' | alexnet --jsonl -j2"] {
      let outcome = try BuiltProgram.shell(command)
      #expect(outcome.exitCode == 0 && outcome.stdout.hasPrefix(#"{"path": "-""#))
    }
    let nothing = try BuiltProgram.shell("alexnet </dev/null")
    #expect(nothing.exitCode == 64 && nothing.stderr.contains("Nothing to classify"))
  }

  @Test("an output that cannot be created ends with 73 before any work")
  func cannotCreate() throws {
    let outcome = try BuiltProgram.run("cat.jpg", "--output", "/nowhere/at/all.csv")
    #expect(outcome.exitCode == 73)
    #expect(outcome.stderr.contains("/nowhere/at/all.csv"))
    let folder = try BuiltProgram.run("cat.jpg", "--output", NSTemporaryDirectory())
    #expect(folder.exitCode == 73)
    // The name of a folder that does not exist.
    let new = try TemporaryFolder()
    for command in [["cat.jpg", "--csv"], ["train", "."]] {
      let outcome = try BuiltProgram.run(command + ["--output", new["out/"].path + "/"])
      #expect(outcome.exitCode == 73, "\(outcome.stderr)")
    }
    #expect(try new.names == [])
  }

  @Test("an old file stays as it was when the run does not get to its end")
  func keepsOldFile() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data("old".utf8), to: "out.csv")
    let outcome = try BuiltProgram.run(
      "--format", "csv", "--fail-fast", "missing.jpg", "cat.jpg", "--output",
      folder["out.csv"].path)
    #expect(outcome.exitCode == 1)
    #expect(try folder.text("out.csv") == "old")
    #expect(try folder.names == ["out.csv"])
  }

  @Test("a reader that goes away ends the run quietly, with 0")
  func closedPipe() throws {
    let outcome = try BuiltProgram.shell(
      """
      { alexnet --jsonl --quiet --batch-size 1 cat.jpg cat.jpg cat.jpg cat.jpg cat.jpg cat.jpg
        echo "ended with $?" >&2; } | head -n 1
      """)
    #expect(outcome.lines.count == 1)
    #expect(outcome.stderr == "ended with 0\n")
    let help = try BuiltProgram.shell("alexnet --help | true; echo ${PIPESTATUS[0]}")
    #expect(help.stdout == "0\n" && help.stderr.isEmpty)
  }

  @Test(
    "a full disk ends with 74", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let outcome = try BuiltProgram.shell("alexnet --quiet cat.jpg >/dev/full")
    #expect(outcome.exitCode == 74)
    #expect(outcome.stderr.hasPrefix("alexnet: cannot write standard output: "))
  }

  @Test(
    "SIGINT and SIGTERM leave whole lines, no half-written file, and 130 or 143",
    arguments: [("INT", Int32(130)), ("TERM", Int32(143))])
  func signals(name: String, exitCode: Int32) throws {
    let folder = try TemporaryFolder()
    // A list that is never closed keeps the run waiting for more.
    let outcome = try BuiltProgram.shell(
      """
      set -m
      mkfifo list; exec 3<>list; echo "$PHOTO" >&3
      "$ALEXNET" --jsonl --quiet --files-from list >lines & first=$!
      mkfifo more; exec 4<>more; echo "$PHOTO" >&4
      "$ALEXNET" --jsonl --files-from more --output file 2>note & second=$!
      for i in $(seq 100); do
        test -s lines && find . -name '.alexnet-*' -size +0 | grep -q . && break
        sleep 0.1
      done
      kill -\(name) $first $second
      wait $first; echo $?; wait $second; echo $?
      """, in: folder.url,
      environment: ["PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path])
    #expect(outcome.stdout == "\(exitCode)\n\(exitCode)\n")
    // The second one reports what it did, since it is not quiet.
    #expect(try folder.text("note").hasSuffix("alexnet: stopped after 1\n"))
    #expect(try folder.names == ["lines", "list", "more", "note"])
    let lines = try folder.text("lines")
    #expect(lines.hasPrefix("{") && lines.hasSuffix("}\n"))
  }

  @Test("a signal that comes twice at once, as from `timeout`, counts once")
  func repeatedSignal() throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.shell(
      """
      mkfifo list; exec 3<>list; echo "$PHOTO" >&3
      "$ALEXNET" --quiet --files-from list --resume -o out.jsonl --summary summary & child=$!
      for i in $(seq 100); do test -s out.jsonl.partial && break; sleep 0.1; done
      kill -TERM $child; kill -TERM $child; wait $child; echo $?
      """, in: folder.url,
      environment: ["PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path])
    #expect(outcome.stdout == "143\n")
    #expect(try folder.text("summary").contains(#""stopped": true"#))
  }

  @Test("a run that fails fast names the failure, and says that there is no output file")
  func failFast() throws {
    for format in ["json", "table"] {
      let folder = try TemporaryFolder()
      let outcome = try BuiltProgram.run(
        "--format", format, "--fail-fast", "--quiet", "cat.jpg", "missing.jpg", "--output",
        folder["out"].path)
      #expect(outcome.exitCode == 1)
      #expect(
        outcome.stderr == """
          alexnet: missing.jpg: no such file or directory
          alexnet: stopped at the first input that failed; no output file was written

          """)
      #expect(try folder.names.isEmpty)
    }
  }

  @Test(
    "a file larger than is allowed ends with 74, and nothing of it is left",
    .withoutThreadSanitizer)
  func fileSizeLimit() throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.shell(
      "ulimit -f 8; alexnet --json --top 200 --quiet \"$PHOTO\" --output out.json",
      in: folder.url,
      environment: ["PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path])
    #expect(outcome.exitCode == 74 && !outcome.wasKilled)
    #expect(try folder.names.isEmpty)
  }

  @Test(
    "the signal of a crash, or another that ends the program, leaves nothing of the output",
    .withoutSanitizer,
    arguments: [
      SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP, SIGUSR1,
      SIGUSR2, SIGXCPU,
    ])
  func fatalSignal(signal: Int32) throws {
    let folder = try TemporaryFolder()
    _ = try BuiltProgram.shell("mkfifo pipe.jpg", in: folder.url)
    let outcome = try BuiltProgram.run(
      ["pipe.jpg", "--jsonl", "-o", "out.jsonl"], in: folder.url,
      environment: ["SWIFT_BACKTRACE": "enable=no"], signal: signal, after: 0.5
    ) { folder.hasOpenOutput }
    #expect(outcome.wasKilled && outcome.exitCode == signal)
    // There may be a core file.
    #expect(try !folder.names.contains("out.jsonl") && !folder.hasOpenOutput)
  }

  @Test(
    "a signal that was sent ends the program, also where Swift's runtime would go on after it",
    .withoutSanitizer)
  func fatalSignalWithBacktraces() throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.shell(
      """
      mkfifo pipe.jpg
      swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
      export SWIFT_ROOT="$swift" SWIFT_BACKTRACE=enable=yes,interactive=no
      for signal in ABRT TRAP SEGV; do
        "$ALEXNET" pipe.jpg --jsonl -o out.jsonl 2>/dev/null & child=$!
        for i in $(seq 500); do ls .alexnet-* >/dev/null 2>&1 && break; sleep 0.02; done
        (sleep 20; kill -9 $child) 2>/dev/null & guard=$!
        kill -$signal $child; wait $child; echo $?; kill $guard
      done
      """, in: folder.url)
    #expect(outcome.lines == ["134", "133", "139"])
    #expect(try !folder.names.contains("out.jsonl") && !folder.hasOpenOutput)
  }

  @Test("a signal that was ignored stays ignored, and costs nothing", .withoutSanitizer)
  func ignoredSignal() throws {
    let folder = try TemporaryFolder()
    let photo = BuiltProgram.photos.appendingPathComponent("cat.jpg").path
    let outcome = try BuiltProgram.shell(
      """
      mkfifo pipe.jpg; trap '' ABRT
      "$ALEXNET" pipe.jpg --jsonl -o out.jsonl 2>/dev/null &
      for i in $(seq 500); do ls .alexnet-* >/dev/null 2>&1 && break; sleep 0.02; done
      kill -ABRT $!; sleep 0.2
      # Nobody reads the FIFO where the signal ended the program.
      kill -0 $! && cat "$PHOTO" >pipe.jpg; wait $!; echo $?; wc -l <out.jsonl
      """, in: folder.url, environment: ["PHOTO": photo])
    #expect(outcome.lines.map { $0.filter { $0 != " " } } == ["0", "1"])
  }
}
