import Foundation
import Images
import Testing

/// Runs over many inputs: in parts, limited, interrupted and resumed.
@Suite struct BatchTests {
  private let folder: TemporaryFolder
  private static let count = 60

  init() throws {
    folder = try TemporaryFolder()
    for index in 0..<Self.count {
      let picture = ColourPhotos.pattern(seed: UInt64(index), channel: index % 3)
      try folder.write(Data(try picture.pngFile()), to: "photos/\(index).png")
    }
  }

  private func lines(_ name: String) throws -> [String] {
    try folder.text(name).split(separator: "\n").map(String.init)
  }

  private func paths(_ lines: [String]) throws -> [String] {
    struct Record: Decodable { let path: String }
    return try lines.map { try JSONDecoder().decode(Record.self, from: Data($0.utf8)).path }
  }

  private struct Answer: Decodable, Equatable {
    struct Prediction: Decodable, Equatable { let label: String }
    let path: String
    let predictions: [Prediction]
  }

  /// The answers by path, without the probabilities, whose last digits depend on the batch.
  private func answers(_ lines: [String]) throws -> [Answer] {
    try lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
      .sorted { $0.path < $1.path }
  }

  private func classify(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["classify", "photos", "--top", "1"] + arguments, in: folder.url)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder[name].path)
  }

  @Test("shards have every input once, and new files move none")
  func shards() throws {
    func shard(_ index: Int) throws -> Set<String> {
      Set(try paths(classify("--jsonl", "--shard", "\(index)/3").lines))
    }
    let before = try (1...3).map(shard)
    #expect(before.map(\.count).reduce(0, +) == Self.count)
    #expect(before.reduce(Set()) { $0.union($1) }.count == Self.count)
    #expect(before.allSatisfy { $0.count > Self.count / 6 })
    let picture = ColourPhotos.pattern(seed: 1000, channel: 1)
    for name in ["00.png", "new.png", "zz.png"] {
      try folder.write(Data(try picture.pngFile()), to: "photos/\(name)")
    }
    for (index, old) in before.enumerated() {
      #expect(old.isSubset(of: try shard(index + 1)))
    }
    for text in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3"] {
      #expect(try classify("--shard", text).exitCode == 64)
    }
  }

  @Test(
    "--deterministic gives a photo the same bytes alone and in company",
    arguments: ["fp32", "bf16", "int8"])
  func deterministic(precision: String) throws {
    func run(_ inputs: String, _ options: String...) throws -> [String] {
      try BuiltProgram.run(
        ["classify", inputs, "--jsonl", "--precision", precision, "--deterministic"] + options,
        in: folder.url
      ).lines
    }
    let all = try run("photos", "-j1")
    #expect(all.count == Self.count)
    #expect(try run("photos", "-j3") == all)
    for path in ["photos/0.png", "photos/41.png"] {
      #expect(try all.filter { $0.contains("\"\(path)\"") } == run(path, "-j2"))
    }
    let reversed = try BuiltProgram.shell(
      "ls photos/* | sort -r | alexnet --jsonl --precision \(precision) --deterministic "
        + "--files-from - --quiet", in: folder.url)
    #expect(reversed.lines.sorted() == all.sorted() && reversed.lines != all)
    #expect(try classify("--deterministic", "--batch-size", "2").exitCode == 64)
  }

  @Test("a shard without inputs is no error")
  func emptyShard() throws {
    let outcomes = try (1...4).map { index in
      try BuiltProgram.run("classify", "photos/0.png", "--shard", "\(index)/4", in: folder.url)
    }
    #expect(outcomes.allSatisfy { $0.exitCode == 0 })
    #expect(outcomes.count { !$0.stdout.isEmpty } == 1)
  }

  @Test("a run ends when more inputs fail than --max-failures allows")
  func maxFailures() throws {
    for index in 0..<5 {
      try folder.write(Data("no image".utf8), to: "photos/\(index).png")
    }
    let stopped = try classify("--jsonl", "--threads", "1", "--max-failures", "2")
    #expect(stopped.exitCode == 1)
    #expect(stopped.lines.count { $0.contains("\"error\"") } == 3)
    #expect(stopped.lines.count < Self.count)
    #expect(stopped.stderr.contains("stopped, since 3 of"))
    let whole = try classify("--jsonl", "--max-failures", "5")
    #expect(whole.exitCode == 1 && whole.lines.count == Self.count)
    #expect(
      whole.stderr.contains(/5 of 60 inputs failed in [0-9.]+ s: 5 unsupported_format/))
    // Fewer than a hundred inputs say little about a share.
    #expect(try classify("--jsonl", "--max-failures", "1%").lines.count == Self.count)
    for text in ["-1", "x", "101%", "%"] {
      #expect(try classify("--max-failures=\(text)").exitCode == 64)
    }
    #expect(try classify("--fail-fast", "--max-failures", "1").exitCode == 64)
  }

  @Test("a run that a share of failures ends says so, also where the last input is a good one")
  func endedByShare() throws {
    for index in 0..<100 {
      try folder.copy("coffee.png", to: "photos/z \(index).png")
    }
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    let outcome = try classify("-o", "r.jsonl", "--threads", "1", "--max-failures", "0.5%")
    #expect(outcome.exitCode == 1 && !exists("r.jsonl"))
    let end = "stopped, since 1 of 100 inputs failed"
    #expect(outcome.stderr.contains("\(end); no output file was written\n"))
    let resumable = try classify(
      "-o", "r.jsonl", "--resume", "--threads", "1", "--max-failures", "0.5%")
    #expect(resumable.exitCode == 1 && exists("r.jsonl.partial"))
    #expect(resumable.stderr.contains("\(end)\n"))
    #expect(resumable.stderr.hasSuffix("--resume continues from here\n"))
    for command in [["sort", "photos", "--into", "out"], ["evaluate", "."]] {
      let ended = try BuiltProgram.run(
        command + ["--threads", "1", "--max-failures", "0.5%"], in: folder.url)
      #expect(ended.exitCode == 1 && ended.stderr.contains(end), "\(command)")
    }
  }

  @Test("an archive that was cut and is whole now leaves no failure behind")
  func cutArchive() throws {
    _ = try BuiltProgram.shell(
      "tar -cf whole.tar photos && head -c 20000 whole.tar > photos.tar", in: folder.url)
    func run(_ input: String) throws -> BuiltProgram.Outcome {
      try BuiltProgram.shell(
        "\(input) --resume -o r.jsonl", in: folder.url)
    }
    for (input, bytes) in [
      ("alexnet photos.tar", 20000), ("cat photos.tar | alexnet -", 20000),
      // Nothing but the first bytes tells that this is an archive.
      ("cp photos.tar a.webd; alexnet a.webd", 600),
    ] {
      _ = try BuiltProgram.shell(
        "rm -f r.jsonl*; head -c \(bytes) whole.tar > photos.tar", in: folder.url)
      #expect(try run(input).exitCode == 1)
      // Still cut: there is one record of that, as before, also where it was named twice.
      #expect(try run("alexnet photos.tar photos.tar").exitCode == 1)
      #expect(try run(input).exitCode == 1)
      #expect(try lines("r.jsonl").contains { $0.contains("\"error\"") })
      _ = try BuiltProgram.shell("rm -f r.jsonl*", in: folder.url)
      #expect(try run(input).exitCode == 1)
      #expect(try run(input).exitCode == 1)
      #expect(try lines("r.jsonl").count { $0.contains("\"error\"") } == 1)
      _ = try BuiltProgram.shell("cp whole.tar photos.tar", in: folder.url)
      #expect(try run(input).exitCode == 0)
      #expect(try lines("r.jsonl").count == Self.count, "\(input)")
    }
  }

  @Test("--resume changes nothing where a whole line is no record, wherever it is")
  func otherLines() throws {
    for text in [
      "{\n  \"path\": \"photos/0.png\"\n}\n", "{\"path\": \"a.png\"}\nnot a record\n",
    ] {
      _ = try BuiltProgram.shell("rm -f r.jsonl*", in: folder.url)
      #expect(try classify("--resume", "-o", "r.jsonl", "--shard", "1/2").exitCode == 0)
      try folder.write(Data(text.utf8), to: "r.jsonl")
      let outcome = try classify("--resume", "-o", "r.jsonl", "--shard", "1/2")
      #expect(outcome.exitCode == 65 && outcome.stderr.contains("is no record"))
      #expect(try folder.text("r.jsonl") == text)
    }
    // What a disk makes of the last lines when the power fails.
    _ = try BuiltProgram.shell(
      "rm r.jsonl*; alexnet photos --top 1 -q --resume -o r.jsonl; mv r.jsonl r.jsonl.partial; "
        + "truncate -s -30 r.jsonl.partial; printf '\\0\\0\\n\\n\\n\\0' >> r.jsonl.partial",
      in: folder.url)
    #expect(try classify("--resume", "-o", "r.jsonl").exitCode == 0)
    #expect(try lines("r.jsonl").count == Self.count)
  }

  @Test("--retry-failed replaces the records of inputs that it tries, and keeps the others")
  func retriesOnlyInputs() throws {
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    #expect(try classify("gone.png", "--resume", "-o", "r.jsonl").exitCode == 1)
    let one = try BuiltProgram.run(
      "photos/1.png", "--top", "1", "--resume", "--retry-failed", "-o", "r.jsonl", in: folder.url)
    #expect(one.exitCode == 0)
    #expect(try lines("r.jsonl").count { $0.contains("\"error\"") } == 2)
    try folder.copy("coffee.png", to: "photos/0.png")
    let all = try classify("--resume", "--retry-failed", "-o", "r.jsonl", "--report", "r.html")
    #expect(all.exitCode == 0)
    let records = try lines("r.jsonl")
    #expect(records.count == Self.count + 1 && records.count { $0.contains("\"error\"") } == 1)
    #expect(Set(records.map { $0.prefix { $0 != "," } }).count == records.count)
    #expect(all.stderr.contains("\(Self.count + 1) photos"))
  }

  @Test(
    "members of one name, of which one is damaged, keep their records when they are tried again")
  func retriesEqualNames() throws {
    let outcome = try BuiltProgram.shell(
      """
      mkdir a; echo junk > a/a.png; tar -cf d.tar -C a a.png
      cp photos/1.png a/b.png; cp photos/2.png a/a.png; tar -rf d.tar -C a b.png a.png
      for flag in "" --retry-failed --retry-failed; do
        alexnet d.tar -q --resume $flag -o r.jsonl; echo $?
      done
      """, in: folder.url)
    #expect(outcome.lines == ["1", "1", "1"])
    let records = try lines("r.jsonl")
    #expect(records.count == 3 && records.count { $0.contains("\"error\"") } == 1)
    #expect(try paths(records).sorted() == ["a.png", "a.png", "b.png"])
  }

  @Test("records that replace others do so after an interruption, too")
  func interruptedRetry() throws {
    for index in 0..<3 {
      try folder.write(Data("no image".utf8), to: "photos/\(index).png")
    }
    #expect(try classify("--resume", "-o", "r.jsonl").exitCode == 1)
    let failed = try lines("r.jsonl").filter { $0.contains("\"error\"") }
    // As a run leaves it that tried again, and was killed after two records and a half.
    let text =
      try folder.text("r.jsonl") + "\n"
      + failed[0].replacingOccurrences(of: "\"error\"", with: "\"error\": {}, \"again\"") + "\n"
      + failed[1].replacingOccurrences(of: "\"error\"", with: "\"predictions\": [], \"was\"")
      + "\n" + failed[2].prefix(20)
    _ = try BuiltProgram.shell("rm r.jsonl", in: folder.url)
    for (flag, exitCode) in [("--quiet", Int32(1)), ("--retry-failed", 1)] {
      try folder.write(Data(text.utf8), to: "r.jsonl.partial")
      #expect(try classify("--resume", flag, "-o", "r.jsonl").exitCode == exitCode)
      let records = try lines("r.jsonl")
      #expect(try Set(paths(records)).count == Self.count && records.count == Self.count)
      #expect(try !folder.text("r.jsonl").contains("\n\n"))
      #expect(records.count { $0.contains("\"error\"") } == 2)
      #expect(records.count { $0.contains("\"was\"") } == 1)
      #expect(records.count { $0.contains("\"again\"") } == (flag == "--quiet" ? 1 : 0))
      _ = try BuiltProgram.shell("rm r.jsonl", in: folder.url)
    }
  }

  @Test("what replaces the output of a resumable run cannot be resumed")
  func replacedOutput() throws {
    #expect(try classify("--resume", "-o", "r.jsonl").exitCode == 0)
    #expect(try classify("--min-probability", "0.1", "-o", "r.jsonl").exitCode == 0)
    #expect(!exists("r.jsonl.run"))
    let outcome = try classify("--resume", "-o", "r.jsonl")
    #expect(outcome.exitCode == 64 && outcome.stderr.contains("was not written with --resume"))
  }

  @Test("the files that --resume keeps are no places for others")
  func filesBesideOutput() throws {
    for name in ["r.jsonl.partial", "r.jsonl.run", "r.jsonl.lock"] {
      for option in ["--summary", "--report"] {
        let outcome = try classify("--resume", "-o", "r.jsonl", option, name)
        #expect(outcome.exitCode == 64 && outcome.stderr.contains("what --resume keeps"))
      }
    }
  }

  @Test("several lists of inputs are read")
  func lists() throws {
    try folder.write(Data("photos/1.png\n".utf8), to: "first")
    try folder.write(Data("photos/2.png\n".utf8), to: "second")
    let outcome = try BuiltProgram.run(
      "photos/3.png", "--files-from", "first", "--files-from", "second", "--jsonl", in: folder.url)
    #expect(outcome.lines.map { $0.contains(/photos\/[123].png/) } == [true, true, true])
  }

  @Test("a signal ends a run whose output is a FIFO without a reader")
  func outputWithoutReader() throws {
    for option in ["-o", "--report", "--errors"] {
      let outcome = try BuiltProgram.shell(
        """
        rm -f out; mkfifo out; "$ALEXNET" photos --jsonl -q \(option) out >results & child=$!
        sleep 1; kill -TERM $child; wait $child; echo $?
        """, in: folder.url)
      #expect(outcome.lines == ["143"], "\(option)")
    }
    let read = try BuiltProgram.shell(
      "cat out | wc -l & sleep 1; alexnet photos --jsonl -q -o out; wait", in: folder.url)
    #expect(read.lines.map { $0.filter { $0 != " " } } == ["\(Self.count)"])
  }

  @Test("files that were asked for are written even if nobody reads the results")
  func closedPipe() throws {
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    let outcome = try BuiltProgram.shell(
      "alexnet photos --jsonl -q --summary s.json --errors e.jsonl --report r.html | head -n 1; "
        + "echo ${PIPESTATUS[0]}", in: folder.url)
    #expect(outcome.lines.last == "1" && outcome.stderr.isEmpty)
    #expect(try summary("s.json").inputs == Self.count)
    #expect(try lines("e.jsonl").count == 1 && exists("r.html"))
    // And the results, where nobody reads another file.
    for option in ["--errors", "--report"] {
      let other = try BuiltProgram.shell(
        """
        rm -f pipe r.jsonl; mkfifo pipe; (head -c 1 pipe >/dev/null) &
        alexnet photos -q -o r.jsonl \(option) pipe; echo $?; wc -l <r.jsonl
        """, in: folder.url)
      let count = Self.count - (option == "--errors" ? 1 : 0)
      #expect(other.lines.map { $0.filter { $0 != " " } } == ["1", "\(count)"], "\(option)")
    }
  }

  @Test("a share of failures counts from the hundredth input on")
  func maxShare() throws {
    for index in 0..<200 {
      try folder.write(Data("no image".utf8), to: "photos/bad \(index).png")
    }
    let outcome = try classify("--jsonl", "--threads", "1", "--max-failures", "50%")
    #expect(outcome.exitCode == 1)
    #expect((100..<200).contains(outcome.lines.count))
  }

  private struct Summary: Decodable {
    let inputs: Int
    let classified: Int
    let failed: Int
    let failures: [String: Int]
    let alreadyRecorded: Int
    let otherShards: Int
    let stopped: Bool
    let shard: String?
    let seconds: Double
    let model: [String: String]
  }

  private func summary(_ name: String) throws -> Summary {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Summary.self, from: Data(contentsOf: folder[name]))
  }

  @Test("that a list cannot be read is recorded once, however often the run continues")
  func listsThatCannotBeRead() throws {
    for run in 0..<3 {
      let outcome = try classify("--files-from", "none.txt", "--resume", "-o", "r.jsonl")
      #expect(outcome.exitCode == 1)
      #expect(try lines("r.jsonl").count == Self.count + 1, "run \(run)")
    }
  }

  @Test("a summary that cannot be written is found out before the work")
  func summaryCheckedFirst() throws {
    let outcome = try classify("--jsonl", "-o", "r.jsonl", "--summary", "no/such/folder/s.json")
    #expect(outcome.exitCode == 73 && outcome.stderr.contains("no/such/folder"))
    #expect(!exists("r.jsonl"))
  }

  @Test("a run that a signal ends leaves an old file of failures as it is")
  func failuresOfStoppedRun() throws {
    try folder.write(Data("old".utf8), to: "errors.jsonl")
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    _ = try BuiltProgram.shell("mkfifo pipe.jpg", in: folder.url)
    let outcome = try BuiltProgram.run(
      ["photos", "pipe.jpg", "--jsonl", "-o", "r.jsonl", "--errors", "errors.jsonl"],
      in: folder.url, signal: SIGINT, after: 1
    ) { folder.hasOpenOutput }
    #expect(outcome.exitCode == 130 && !exists("r.jsonl"))
    #expect(try folder.text("errors.jsonl") == "old")
  }

  @Test("a summary after a signal says that the run was stopped")
  func summaryOfStoppedRun() throws {
    _ = try BuiltProgram.shell("mkfifo pipe.jpg", in: folder.url)
    let outcome = try BuiltProgram.run(
      ["photos", "pipe.jpg", "--jsonl", "--summary", "s.json", "-o", "r.jsonl"], in: folder.url,
      signal: SIGTERM, after: 1
    ) { folder.hasOpenOutput }
    #expect(outcome.exitCode == 143)
    #expect(try summary("s.json").stopped)
  }

  @Test("the end of a run over a folder says how many inputs there were")
  func countsInputs() throws {
    #expect(
      try classify("--jsonl").stderr.contains(/60 inputs in [0-9.]+ s, none of them failed/))
    #expect(try !classify("--jsonl", "--quiet").stderr.contains("inputs"))
  }

  @Test("the summary counts inputs and failures")
  func summaries() throws {
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    try folder.write(Data(), to: "photos/1.png")
    let outcome = try classify("--jsonl", "--summary", "s.json")
    #expect(outcome.exitCode == 1)
    let summary = try summary("s.json")
    #expect(summary.inputs == Self.count && summary.failed == 2)
    #expect(summary.classified == Self.count - 2 && !summary.stopped)
    #expect(summary.failures == ["unsupported_format": 1, "empty": 1])
    #expect(summary.model["name"] == "starter")
    #expect(summary.model["sha256"]?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
    let digest = try #require(summary.model["sha256"])
    #expect(outcome.stderr.contains("1 unsupported_format; model starter, SHA-256 \(digest)\n"))
    _ = try classify("--jsonl", "--shard", "1/2", "--summary", "half.json")
    let half = try self.summary("half.json")
    #expect(half.inputs + half.otherShards == Self.count && half.shard == "1/2")
  }

  @Test("after any number of kills, a resumed run has every input once")
  func survivesKills() throws {
    let start = ContinuousClock.now
    let whole = try classify("-o", "whole.jsonl")
    let duration = (ContinuousClock.now - start) / .seconds(1)
    #expect(whole.exitCode == 0)
    var random = SeededGenerator(seed: 7)
    for _ in 0..<8 where !exists("run.jsonl") {
      _ = try BuiltProgram.run(
        ["classify", "photos", "--top", "1", "--resume", "-o", "run.jsonl", "--threads", "1"],
        in: folder.url, signal: SIGKILL, after: .random(in: 0..<duration, using: &random),
        when: { true })
    }
    #expect(try classify("--resume", "-o", "run.jsonl", "--threads", "1").exitCode == 0)
    #expect(try answers(lines("run.jsonl")) == answers(lines("whole.jsonl")))
    #expect(!exists("run.jsonl.partial") && !exists("run.jsonl.lock"))
  }

  @Test("a line that is not whole is dropped, and its input is classified again")
  func tornLine() throws {
    #expect(try classify("--resume", "-o", "run.jsonl").exitCode == 0)
    let whole = try folder.text("run.jsonl")
    let half = Data(whole.utf8.prefix(whole.utf8.count / 2))
    try FileManager.default.removeItem(at: folder["run.jsonl"])
    try folder.write(half, to: "run.jsonl.partial")
    let outcome = try classify("--resume", "-o", "run.jsonl", "--summary", "s.json")
    #expect(outcome.exitCode == 0)
    #expect(
      try answers(lines("run.jsonl")) == answers(whole.split(separator: "\n").map(String.init)))
    let recorded = half.count { $0 == UInt8(ascii: "\n") }
    #expect(try summary("s.json").alreadyRecorded == recorded)
    #expect(outcome.stderr.contains("\(recorded) inputs had been recorded before"))
  }

  @Test("a finished output takes new files in, and failures are tried again when that is asked for")
  func extends() throws {
    try folder.write(Data("no image".utf8), to: "photos/0.png")
    #expect(try classify("--resume", "-o", "run.jsonl").exitCode == 1)
    let picture = try ColourPhotos.pattern(seed: 99, channel: 1).pngFile()
    try folder.write(Data(picture), to: "photos/new.png")
    try folder.write(Data(picture), to: "photos/0.png")
    let outcome = try classify("--resume", "-o", "run.jsonl")
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.contains("recorded before, 1 of them as failed (--retry-failed"))
    #expect(try lines("run.jsonl").count == Self.count + 1)
    #expect(try folder.text("run.jsonl").contains("\"error\""))
    #expect(try classify("--resume", "--retry-failed", "-o", "run.jsonl").exitCode == 0)
    #expect(try Set(paths(lines("run.jsonl"))).count == Self.count + 1)
    #expect(try lines("run.jsonl").count == Self.count + 1)
    #expect(try !folder.text("run.jsonl").contains("\"error\""))
  }

  @Test("records of other options are never mixed in")
  func refuses() throws {
    #expect(try classify("--resume", "-o", "run.jsonl").exitCode == 0)
    let before = try folder.text("run.jsonl")
    let other = try BuiltProgram.run(
      "classify", "photos", "--top", "2", "--crops", "10", "--resume", "-o", "run.jsonl",
      in: folder.url)
    #expect(other.exitCode == 64)
    #expect(other.stderr.contains("run.jsonl was begun with another model or other options"))
    #expect(other.stderr.contains("top was 1, and is now 2"))
    #expect(other.stderr.contains("crops was 1, and is now 10"))
    #expect(try folder.text("run.jsonl") == before)
    try folder.write(try ModelFileTests.zeros(), to: "zeros.safetensors")
    for (option, value, difference) in [
      ("--model", "zeros.safetensors", "model"), ("--preprocess", "alexnet", "preprocessing"),
    ] {
      let changed = try classify(option, value, "--resume", "-o", "run.jsonl")
      #expect(changed.exitCode == 64)
      #expect(
        changed.stderr.contains(try Regex("\(difference)\\S* was .*, and is now")),
        "\(changed.stderr)")
      #expect(try folder.text("run.jsonl") == before)
    }

    #expect(try classify("--jsonl", "-o", "plain.jsonl").exitCode == 0)
    let plain = try classify("--resume", "-o", "plain.jsonl")
    #expect(plain.exitCode == 64 && plain.stderr.contains("was not written with --resume"))
    #expect(try classify("--resume").exitCode == 64)
    #expect(try classify("--resume", "-o", "a.csv").exitCode == 64)
    #expect(try classify("--retry-failed", "-o", "a.jsonl").exitCode == 64)
  }

  @Test("a line in the middle that is no record costs none of the others")
  func foreignLine() throws {
    #expect(try classify("--resume", "-o", "run.jsonl").exitCode == 0)
    var all = try lines("run.jsonl")
    all.insert("{", at: 1)
    let text = all.map { $0 + "\n" }.joined()
    try folder.write(Data(text.utf8), to: "run.jsonl")
    let outcome = try classify("--resume", "-o", "run.jsonl")
    #expect(outcome.exitCode == 65 && outcome.stderr.contains("run.jsonl: line 2 is no record"))
    #expect(try folder.text("run.jsonl") == text && !exists("run.jsonl.partial"))
  }

  @Test("a resumed output may be a link")
  func link() throws {
    #expect(try classify("--resume", "-o", "run.jsonl").exitCode == 0)
    let text = try folder.text("run.jsonl")
    let outcome = try BuiltProgram.shell(
      """
      mkdir big && mv run.jsonl run.jsonl.run big/ && ln -s big/run.jsonl run.jsonl
      alexnet photos --top 1 --resume -o run.jsonl && test -L run.jsonl
      """, in: folder.url)
    #expect(outcome.exitCode == 0, "\(outcome.stderr)")
    #expect(try folder.text("big/run.jsonl") == text && !exists("big/run.jsonl.partial"))
  }

  @Test("files of others with the names of a run's files stay")
  func foreignFiles() throws {
    let mine = Data("mine".utf8)
    for ending in [".run", ".lock"] {
      try folder.write(mine, to: "other.jsonl" + ending)
      #expect(try classify("--resume", "-o", "other.jsonl").exitCode == 73)
      #expect(try folder.text("other.jsonl" + ending) == "mine")
      try FileManager.default.removeItem(at: folder["other.jsonl" + ending])
    }
    try folder.write(mine, to: "photos.index.lock")
    let outcome = try BuiltProgram.run("index", "photos", "-o", "photos.index", in: folder.url)
    #expect(outcome.exitCode == 73 && !exists("photos.index"))
    #expect(try folder.text("photos.index.lock") == "mine")
  }

  @Test("another part of the inputs is another run")
  func otherShard() throws {
    #expect(try classify("--resume", "-o", "run.jsonl", "--shard", "1/2").exitCode == 0)
    let other = try classify("--resume", "-o", "run.jsonl", "--shard", "2/2")
    #expect(other.exitCode == 64 && other.stderr.contains(#"shard was "1/2", and is now "2/2""#))
  }

  @Test("two runs of one output do not disturb each other")
  func excludes() throws {
    let outcome = try BuiltProgram.shell(
      "exec 9>run.jsonl.lock; flock 9; alexnet photos --resume -o run.jsonl", in: folder.url)
    #expect(outcome.exitCode == 73)
    #expect(outcome.stderr.contains("another run writes to run.jsonl now"))
  }
}
