import Architecture
import Classification
import Foundation
import Network
import System
import Testing
import Threads

@Suite struct RunTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("records come in input order, whatever the workers' pace", arguments: [1, 2, 7])
  func order(threads: Int) throws {
    for index in 0..<300 { try folder.file("\(1000 + index).png", "\(index % 250)") }
    let classifier = Classifier.fake(NumberPictures(delay: 2000), threads: threads)
    let (records, summary) = classifier.records([.path(RawPath(folder.path))])
    #expect(records.map(\.name) == (0..<300).map { "\(1000 + $0).png" })
    #expect(records.map(\.short) == (0..<300).map { "digit \($0 % 250 % 10)" })
    #expect(summary.answered == 300 && summary.failed == 0 && !summary.stopped)
  }

  @Test("a run adds up where each input has a record, or where it was stopped")
  func addsUp() {
    var summary = RunSummary()
    #expect(summary.addsUp)
    (summary.inputs, summary.answered, summary.failed) = (3, 1, 1)
    #expect(!summary.addsUp)
    summary.failed = 2
    #expect(summary.addsUp)
    summary.answered = 2
    #expect(!summary.addsUp)
    summary.stopped = true
    #expect(summary.addsUp)
  }

  @Test("whatever is wrong with an input becomes its record, and the rest goes on")
  func failures() throws {
    let good = try folder.file("good.jpg", "7")
    let missing = RawPath(folder.path + "/none.jpg")
    let pipe = folder.fifo("pipe.jpg")
    let inputs: [RawPath] = [
      missing, good, try folder.file("empty.jpg", ""), pipe,
      try folder.file("text.jpg", "abc"), "/dev/null", try folder.file("nan.jpg", "255"), good,
      good.appending("below"),
    ]
    // A FIFO that is an argument would be read.
    let (records, summary) = Classifier.fake().records(
      inputs.map { $0 == pipe ? .file($0) : .path($0) })
    #expect(
      records.map(\.short) == [
        "not_found", "digit 7", "empty", "not_a_file", "corrupt", "not_a_file", "internal",
        "digit 7", "not_found",
      ])
    #expect(records.map(\.path) == inputs)
    #expect(summary.answered == 2 && summary.failed == 7 && summary.missingInputs == 2)
    #expect(!summary.foundNothing)
  }

  @Test("a file above the limit is an error of its own")
  func limit() throws {
    let path = try folder.file("long.jpg", "1234")
    var options = ClassifierOptions()
    options.readLimit = 3
    let classifier = Classifier(labels: [], options: options, pictures: NumberPictures()) {
      batch, _ in NumberPass(batch: batch)
    }
    #expect(classifier.records([.path(path)]).records.map(\.short) == ["limit_exceeded"])
  }

  @Test("names that do not exist and folders without images are told from failures")
  func nothing() throws {
    try folder.file("notes.txt", "1")
    let (records, summary) = Classifier.fake().records([
      .path(RawPath(folder.path)), .path("/nonexistent/x.jpg"),
    ])
    #expect(records.count == 1 && summary.foundNothing && summary.otherFiles == 1)
    #expect(Classifier.fake().records([]).summary.foundNothing)
  }

  @Test("one input has all the cores, a few share them, many have one each")
  func shares() throws {
    for index in 0..<40 { try folder.file("\(100 + index).png", "1") }
    func passes(_ count: Int, threads: Int) -> [PassLog.Entry] {
      let log = PassLog()
      // Where each thread should get one picture, one that starts late must still find its own.
      let pictures = NumberPictures(
        delay: count > threads ? 20_000 : 200_000, shortestDelay: count > threads ? 0 : 200_000)
      let classifier = Classifier.fake(pictures, threads: threads, log: log)
      _ = classifier.records(
        (0..<count).map { .path(RawPath(folder.path + "/\(100 + $0).png")) })
      return log.all
    }
    #expect(passes(1, threads: 8) == [.init(batch: 1, threads: 8)])
    #expect(
      passes(3, threads: 8) == [
        .init(batch: 1, threads: 3), .init(batch: 1, threads: 3), .init(batch: 1, threads: 2),
      ])
    #expect(passes(40, threads: 2) == [.init(batch: 4, threads: 1), .init(batch: 4, threads: 1)])
  }

  @Test("the first record does not wait for a full batch")
  func firstRecord() throws {
    for index in 0..<400 { try folder.file("\(1000 + index).png", "1") }
    let pictures = NumberPictures(delay: 5000)
    let summary = Classifier.fake(pictures, threads: 1, batchSize: 100).run(
      InputSource([.path(RawPath(folder.path))]), stop: StopFlag()
    ) { _ in .stop }
    #expect(summary.answered == 1 && pictures.count.value < 100)
  }

  @Test("a slow consumer slows the workers down: few pictures wait for it")
  func backPressure() throws {
    for index in 0..<400 { try folder.file("\(1000 + index).png", "1") }
    let pictures = NumberPictures()
    var seen = 0
    let summary = Classifier.fake(pictures, threads: 2, batchSize: 2).run(
      InputSource([.path(RawPath(folder.path))]), stop: StopFlag()
    ) { _ in
      seen += 1
      if seen == 1 || seen == 200 {
        usleep(100_000)
        #expect(pictures.count.value <= seen + 32)
      }
      return .proceed
    }
    #expect(summary.answered == 400)
  }

  @Test("a consumer that has seen enough ends the run at once")
  func stopping() throws {
    for index in 0..<400 { try folder.file("\(1000 + index).png", "1") }
    let pictures = NumberPictures(delay: 1000)
    var seen = 0
    let summary = Classifier.fake(pictures, threads: 3).run(
      InputSource([.path(RawPath(folder.path))]), stop: StopFlag()
    ) { _ in
      seen += 1
      return seen == 5 ? .stop : .proceed
    }
    #expect(seen == 5 && summary.answered == 5 && summary.stopped)
    #expect(pictures.count.value < 100)
  }

  @Test("the stop flag ends a run that waits for input")
  func stopFlag() throws {
    let path = folder.fifo("list")
    let writer = unsafe open(path.repaired, O_RDWR)
    defer { close(writer) }
    let stop = StopFlag()
    let stopper = try WorkerThread {
      usleep(50_000)
      stop.raise()
    }
    let start = ContinuousClock.now
    let summary = Classifier.fake().run(
      InputSource([.list(path: path, separator: .newline)]), stop: stop
    ) { _ in .proceed }
    stopper.join()
    #expect(summary.stopped && ContinuousClock.now - start < .seconds(2))
  }

  @Test("a path that trickles in is answered before the next one comes")
  func trickle() throws {
    let path = folder.fifo("list")
    let image = try folder.file("3.png", "3")
    let writer = unsafe open(path.repaired, O_RDWR)
    func send() {
      let line = image.bytes + [0x0A]
      #expect(unsafe write(writer, line, line.count) == line.count)
    }
    send()
    var seen = 0
    let summary = Classifier.fake(threads: 2, batchSize: 8).run(
      InputSource([.list(path: path, separator: .newline)]), stop: StopFlag()
    ) { record in
      #expect(record.short == "digit 3")
      seen += 1
      if seen < 5 { send() }
      return seen < 5 ? .proceed : .stop
    }
    close(writer)
    #expect(summary.answered == 5)
  }

  @Test("lists name files and folders; what they name counts as named")
  func lists() throws {
    let sub = try folder.folder("sub")
    try folder.file("sub/b.jpg", "2")
    try folder.file("sub/a.jpg", "1")
    let single = try folder.file("c.dat", "3")
    let list = try folder.file("list", "\(sub)\n\n\(single)\n/nonexistent/x\n")
    let inputs: [InputSource.Input] = [
      .list(path: list, separator: .newline), .list(path: "/nonexistent/list", separator: .nul),
    ]
    let (records, summary) = Classifier.fake().records(inputs)
    #expect(records.map(\.short) == ["digit 1", "digit 2", "digit 3", "not_found", "not_found"])
    #expect(summary.missingInputs == 1 && summary.missingLists == 1)
    #expect(summary.directories == 1)
  }

  @Test(
    "pictures of several images get the mean of their probabilities, in passes of whole pictures")
  func severalImages() throws {
    let folder = try TemporaryFolder()
    var options = ClassifierOptions()
    options.threads = 1
    options.batchSize = 7
    options.top = 2
    let log = PassLog()
    let classifier = Classifier(
      labels: (0..<NumberPass.classes).map { ClassLabel(wnid: nil, label: "\($0)") },
      options: options, pictures: PairPictures()
    ) { batch, threads in
      log.add(batch: batch, threads: threads)
      return NumberPass(batch: batch)
    }
    for number in 1...9 { try folder.file("\(number).jpg", number == 5 ? "x" : "\(number)") }
    let records = classifier.records([.path(RawPath(folder.path))]).records
    for (number, record) in zip(1..., records) {
      guard case .answered(_, let predictions) = record.outcome else {
        #expect(number == 5)
        continue
      }
      #expect(Set(predictions.map(\.index)) == [number, (number + 1) % 10])
      #expect(predictions.map(\.probability) == [0.5, 0.5])
    }
    // Three pictures of two images are all that seven leave room for.
    #expect(records.count == 9 && log.all.map(\.batch) == [6])
  }
}
