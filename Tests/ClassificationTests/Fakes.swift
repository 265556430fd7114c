import Architecture
import Classification
import Foundation
import Images
import Network
import Synchronization
import System

/// "Pictures" whose file is a decimal number; the number becomes the red of one pixel.
struct NumberPictures: PictureSource {
  /// How many were read so far.
  let count = Counter()
  /// The longest that reading one may take, in microseconds; each takes its own random time.
  var delay: UInt32 = 0
  /// The shortest.
  var shortestDelay: UInt32 = 0

  func picture(from bytes: Span<UInt8>, memory: FileMemory) throws(ItemFailure) -> Picture {
    var number = 0
    for index in bytes.indices {
      guard let digit = Character(Unicode.Scalar(bytes[index])).wholeNumberValue else {
        throw ItemFailure(.corrupt, "not a number")
      }
      number = number * 10 + digit
    }
    count.increment()
    if delay > 0 { usleep(.random(in: min(shortestDelay, delay)...delay)) }
    return Picture(
      images: [RGBImage(width: 1, height: 1, pixels: [UInt8(number % 256), 0, 0])],
      fullSize: PixelSize(width: number, height: 1))
  }
}

/// Pictures with two images, the number of the file and the next one.
struct PairPictures: PictureSource {
  private let numbers = NumberPictures()

  let imagesPerPicture = 2

  func picture(from bytes: Span<UInt8>, memory: FileMemory) throws(ItemFailure) -> Picture {
    let picture = try numbers.picture(from: bytes, memory: memory)
    let next = RGBImage(width: 1, height: 1, pixels: [picture.images[0].pixels[0] + 1, 0, 0])
    return Picture(images: picture.images + [next], fullSize: picture.fullSize)
  }
}

/// A network that is certain of the class that its input names, of `classes`.
final class NumberPass: ForwardPass {
  static let classes = 10
  private var inputs: [Float]

  init(batch: Int) {
    inputs = Array(repeating: -1, count: batch)
  }

  func write(_ image: RGBImage, to index: Int) {
    inputs[index] = Float(image.pixels[0])
  }

  func forward(count: Int) {
    precondition(count <= inputs.count)
  }

  func values(_ index: Int) -> [Float] {
    var probabilities = [Float](repeating: 0, count: Self.classes)
    // 255 stands for a broken model.
    if inputs[index] == 255 { return probabilities.map { _ in .nan } }
    probabilities[Int(inputs[index]) % Self.classes] = 1
    return probabilities
  }
}

final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .acquiring) }

  func increment() {
    count.add(1, ordering: .acquiringAndReleasing)
  }
}

/// What passes were asked for.
final class PassLog: Sendable {
  struct Entry: Equatable {
    let batch: Int
    let threads: Int
  }

  private let entries = Mutex<[Entry]>([])

  func add(batch: Int, threads: Int) {
    entries.withLock { $0.append(Entry(batch: batch, threads: threads)) }
  }

  var all: [Entry] { entries.withLock { $0.sorted { $0.threads > $1.threads } } }
}

/// A folder of a test's own.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/alexnet-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  @discardableResult
  func file(_ name: String, _ contents: String) throws -> RawPath {
    try file(name, Data(contents.utf8))
  }

  @discardableResult
  func file(_ name: String, _ contents: Data) throws -> RawPath {
    try contents.write(to: URL(fileURLWithPath: path + "/" + name))
    return RawPath(path + "/" + name)
  }

  @discardableResult
  func folder(_ name: String) throws -> RawPath {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
    return RawPath(path + "/" + name)
  }

  func fifo(_ name: String) -> RawPath {
    // SAFETY: the text is passed for the length of the call.
    _ = unsafe mkfifo(path + "/" + name, 0o644)
    return RawPath(path + "/" + name)
  }
}

extension Classifier {
  /// Runs everything and collects the records.
  func records(_ inputs: [InputSource.Input]) -> (records: [Record], summary: RunSummary) {
    var records: [Record] = []
    let summary = run(InputSource(inputs), stop: StopFlag()) {
      records.append($0)
      return .proceed
    }
    return (records, summary)
  }

  static func fake(
    _ pictures: NumberPictures = NumberPictures(), threads: Int = 4, batchSize: Int = 4,
    log: PassLog = PassLog()
  ) -> Classifier {
    var options = ClassifierOptions()
    options.threads = threads
    options.batchSize = batchSize
    options.top = 1
    return Classifier(
      labels: (0..<NumberPass.classes).map { ClassLabel(wnid: "n\($0)", label: "digit \($0)") },
      options: options, pictures: pictures
    ) { batch, threads in
      log.add(batch: batch, threads: threads)
      return NumberPass(batch: batch)
    }
  }
}

extension Record {
  /// The class that was found, or what went wrong.
  var short: String {
    switch outcome {
    case .answered(_, let predictions): predictions.first?.label ?? "none"
    case .failed(let failure): failure.code.rawValue
    }
  }

  var name: String { String(decoding: path.lastComponent, as: UTF8.self) }
}
