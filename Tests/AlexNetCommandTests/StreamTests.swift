import Foundation
import Images
import Testing

/// Tar archives on standard input, from FIFOs and in gzip data.
@Suite struct StreamTests {
  private let folder: TemporaryFolder
  private static let count = 12

  init() throws {
    folder = try TemporaryFolder()
    for index in 0..<Self.count {
      let picture = ColourPhotos.pattern(seed: UInt64(index), channel: index % 3)
      try folder.write(Data(try picture.pngFile()), to: "photos/\(10 + index).png")
    }
    try folder.write(Data("no image".utf8), to: "photos/bad.jpg")
    try folder.write(Data("red".utf8), to: "photos/red.cls")
    let made = try BuiltProgram.shell(
      "ln -s 10.png photos/link.png && tar --sort=name -cf photos.tar photos && rm photos/link.png "
        + "&& gzip -k photos.tar",
      in: folder.url)
    try #require(made.exitCode == 0)
  }

  private struct Record: Decodable, Equatable {
    struct Prediction: Decodable, Equatable {
      let label: String
      let probability: Double
    }
    struct Failure: Decodable, Equatable {
      let code: String
      let message: String
    }
    let path: String
    var archive: String?
    let predictions: [Prediction]?
    let error: Failure?
  }

  /// In int8, probabilities do not depend on which pictures are run together.
  private static let options = "--jsonl -j1 --precision int8 --no-progress"

  private func shell(_ command: String) throws -> BuiltProgram.Outcome {
    try BuiltProgram.shell(command, in: folder.url)
  }

  private func records(_ outcome: BuiltProgram.Outcome) throws -> [Record] {
    try outcome.lines.map { try JSONDecoder().decode(Record.self, from: Data($0.utf8)) }
  }

  /// What the archive gives as a file, under another name of the archive.
  private func expected(archive: String) throws -> [Record] {
    try records(shell("alexnet photos.tar \(Self.options)")).map { record in
      var record = record
      record.archive = archive
      return record
    }
  }

  @Test(
    "an archive on standard input gives what it gives as a file",
    arguments: ["cat photos.tar |", "cat photos.tar.gz |", "<photos.tar"])
  func standardInput(source: String) throws {
    let command =
      source.hasPrefix("<")
      ? "alexnet - \(Self.options) \(source)" : "\(source) alexnet - \(Self.options)"
    let outcome = try shell(command)
    let found = try records(outcome)
    #expect(outcome.exitCode == 1 && found.count == Self.count + 1)
    #expect(found == (try expected(archive: "-")))
    #expect(outcome.stderr.contains("skipped 2 files"))
  }

  @Test("gzip data is recognised by its bytes, and may have several members and archives")
  func gzip() throws {
    let outcome = try shell(
      "mv photos.tar.gz shard && alexnet shard \(Self.options)")
    #expect(try records(outcome) == expected(archive: "shard"))
    let twice = try shell("cat shard shard | alexnet - \(Self.options)")
    #expect(try records(twice) == expected(archive: "-") + expected(archive: "-"))
    let fifo = try shell("alexnet <(cat shard) \(Self.options)")
    #expect(try records(fifo).map(\.path) == expected(archive: "-").map(\.path))
    // A file with the name of an image stays one.
    let image = try shell("cp shard x.png; alexnet x.png \(Self.options)")
    #expect(try records(image).map(\.error?.code) == ["unsupported_format"])
  }

  @Test("a cut archive is reported after what could be read")
  func cut() throws {
    for name in ["photos.tar", "photos.tar.gz"] {
      let size = try Data(contentsOf: folder[name]).count
      let outcome = try shell("head -c \(size / 2) \(name) | alexnet - \(Self.options)")
      let found = try records(outcome)
      #expect(outcome.exitCode == 1 && found.count > 3)
      #expect(found.dropLast().allSatisfy { $0.archive == "-" })
      #expect(found.last?.path == "-" && found.last?.error?.code == "truncated")
    }
  }

  @Test("a wrong checksum of gzip data is reported after all images")
  func checksum() throws {
    var bytes = try Data(contentsOf: folder["photos.tar.gz"])
    bytes[bytes.count - 6] ^= 0x40
    try folder.write(bytes, to: "bad")
    let found = try records(shell("alexnet bad \(Self.options)"))
    #expect(found.dropLast() == (try expected(archive: "bad"))[...])
    #expect(found.last?.path == "bad" && found.last?.error?.code == "corrupt")
    #expect(found.last?.error?.message.contains("incorrect data check") == true)
  }

  @Test("a large image is a failed record, and those after it are classified")
  func largeMember() throws {
    let made = try shell(
      "head -c 5000000 /dev/zero > photos/00.png && tar --sort=name -cf photos.tar photos")
    #expect(made.exitCode == 0)
    let outcome = try shell("cat photos.tar | alexnet - \(Self.options) --max-memory 4M")
    let found = try records(outcome)
    #expect(found.count == Self.count + 2)
    #expect(found[0].path == "photos/00.png" && found[0].error?.code == "limit_exceeded")
    #expect(found[1].error == nil)
  }

  @Test("images of other shards leave their room to those that follow")
  func shards() throws {
    // Together far more than is read ahead.
    let made = try shell(
      """
      mkdir large; for i in $(seq 20); do head -c 300000 /dev/zero > large/$i.jpg; done
      tar -cf large.tar large
      """)
    #expect(made.exitCode == 0)
    let paths = try (1...2).map { part in
      try records(
        shell("cat large.tar | alexnet - \(Self.options) --max-memory 1M --shard \(part)/2")
      ).map(\.path)
    }
    #expect(Set(paths.joined()).count == 20 && paths.allSatisfy { $0.count < 20 })
  }

  @Test("members with the names of images that are sparse or links are skipped and counted")
  func sparse() throws {
    for input in ["cat photos.tar | alexnet -", "alexnet photos.tar"] {
      let outcome = try shell(
        "truncate -s 100000 photos/00.png && ln -sf 01.png photos/02.jpg && "
          + "tar --sort=name --sparse -cf photos.tar photos && "
          + "\(input) \(Self.options) --summary s.json; echo $?; "
          + #"grep -oE '"(other|sparse)_files": [0-9]*' s.json"#)
      #expect(outcome.lines.suffix(3) == ["1", #""other_files": 2"#, #""sparse_files": 1"#])
      #expect(
        outcome.stderr.contains(
          "skipped 2 files that are no picture: 1 .cls, 1 link or device (photos/02.jpg, "))
      #expect(
        outcome.stderr.contains(
          "skipped 1 picture that is a sparse file in an archive (photos/00.png)"))
    }
  }

  @Test("records come while the archive still grows")
  func growing() throws {
    // Two members; then the writer waits for the first record, or for half a minute.
    let outcome = try shell(
      """
      mkfifo in; alexnet in \(Self.options) -q > out & exec 3> in
      head -c 5000 photos.tar >&3
      for i in $(seq 300); do [ -s out ] && break; sleep 0.1; done
      echo $(( $(wc -l < out) > 0 ))
      tail -c +5001 photos.tar >&3; exec 3>&-; wait; wc -l < out
      """)
    #expect(outcome.lines.map { $0.filter { $0 != " " } } == ["1", "\(Self.count + 1)"])
  }

  @Test("a signal ends a run that waits for a stream")
  func signal() throws {
    for beginning in ["", "head -c 2000 photos.tar >&3"] {
      let outcome = try shell(
        """
        rm -f in; mkfifo in; "$ALEXNET" in \(Self.options) -q > out & child=$!; exec 3> in
        \(beginning)
        sleep 1; kill -TERM $child; wait $child; echo $?
        """)
      #expect(outcome.lines == ["143"])
    }
  }

  @Test("a signal ends waiting for a FIFO that an option names")
  func signalForOption() throws {
    for command in [
      "evaluate photos --ground-truth", "photos.tar --files-from", "report -o page.html",
    ] {
      let outcome = try shell(
        """
        rm -f in; mkfifo in; exec 3<> in; "$ALEXNET" \(command) in > /dev/null & child=$!
        sleep 1; kill -TERM $child
        for i in $(seq 100); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
        kill -KILL $child 2>/dev/null; wait $child; echo $?
        """)
      #expect(outcome.lines.last == "143", "\(command)")
    }
  }

  @Test("a signal ends a run that has found no input yet, however many names there are")
  func signalWhileSearching() throws {
    let outcome = try shell(
      """
      mkfifo in; (: > opened; exec yes '') > in & writer=$!
      "$ALEXNET" --files-from in --jsonl > out & child=$!
      for i in $(seq 300); do [ -e opened ] && break; sleep 0.1; done
      sleep 1; kill -TERM $child
      for i in $(seq 100); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
      kill -KILL $child $writer 2>/dev/null; wait $child; echo $?
      """)
    #expect(outcome.lines.last == "143")
  }

  @Test("a signal ends a run whose pipe nobody reads", arguments: ["--jsonl", "--json", "--csv"])
  func signalAtFullPipe(format: String) throws {
    // All classes of sixty photos are more than any pipe holds.
    let outcome = try shell(
      """
      mkfifo out; (head -c 1000 > first; sleep 60) < out & reader=$!
      "$ALEXNET" photos \(format) --top 1000 -q > out & child=$!
      for i in $(seq 300); do [ -s first ] && break; sleep 0.1; done
      sleep 1; kill -TERM $child
      for i in $(seq 100); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
      kill -KILL $child $reader 2>/dev/null; wait $child; echo $?
      """)
    #expect(outcome.lines.last == "143")
  }

  @Test("a slow reader gets everything, in whole lines")
  func slowReader() throws {
    let outcome = try shell(
      """
      alexnet photos --jsonl --top 1000 -q | (sleep 2; cat) > slow
      alexnet photos --jsonl --top 1000 -q > file; cmp slow file && echo same
      """)
    #expect(outcome.lines == ["same"])
  }

  @Test("an archive that ends in zeros without end is read in no time")
  func endlessZeros() throws {
    try folder.write(try Data(contentsOf: folder["photos.tar"]), to: "zeros.tar")
    let file = try FileHandle(forWritingTo: folder["zeros.tar"])
    try file.truncate(atOffset: 1 << 40)
    try file.close()
    let outcome = try shell("timeout 60 \"$ALEXNET\" zeros.tar \(Self.options)")
    let whole = try shell("alexnet photos.tar \(Self.options)")
    #expect(outcome.lines.count == whole.lines.count + 1 && outcome.exitCode == 1)
    #expect(outcome.lines.last?.contains("more than 64 MiB of zeros follow the archive") == true)
  }

  @Test("an empty archive has no image, and an empty stream is an empty file")
  func empty() throws {
    #expect(try shell("tar -cf - -T /dev/null | alexnet - \(Self.options)").exitCode == 66)
    let nothing = try records(shell("true | alexnet - \(Self.options)"))
    #expect(nothing.map(\.error?.code) == ["empty"])
  }

  @Test("--timeout ends reading a FIFO whose writer stalls, and decoding")
  func timeout() throws {
    let stalled = try shell(
      """
      mkfifo in; alexnet in photos/10.png \(Self.options) -q --timeout 0.5 > out & exec 3> in
      head -c 4000 "$PHOTO" >&3; wait; exec 3>&-; cat out
      """.replacingOccurrences(
        of: "$PHOTO", with: BuiltProgram.photos.appendingPathComponent("cat.jpg").path))
    #expect(try records(stalled).map(\.error?.code) == ["timeout", nil])
    let slow = try BuiltProgram.run(
      ["cat.jpg", "coffee.png", "--jsonl", "--timeout", "0.000001"], in: BuiltProgram.photos)
    #expect(try records(slow).map(\.error?.code) == ["timeout", "timeout"])
    #expect(slow.exitCode == 1)
    #expect(try BuiltProgram.run("cat.jpg", "--timeout", "0").exitCode == 0)
    for text in ["-1", "nan", "inf", "1e30"] {
      #expect(try BuiltProgram.run("cat.jpg", "--timeout=\(text)").exitCode == 64)
    }
  }
}
