import Images
import System

/// What one thread does: reads and decodes one batch after another, and runs the network on it.
final class Worker<Answer: Sendable> {
  private let pipeline: Pipeline<Answer>
  private let batch: Int
  private let threads: Int
  private let stop: StopFlag
  /// Made when there is a first picture for it: room for `batch` pictures.
  private var pass: (any PicturePass<Answer>)?
  private var buffer: [UInt8] = []

  init(_ pipeline: Pipeline<Answer>, batch: Int, threads: Int, stop: StopFlag) {
    self.pipeline = pipeline
    self.batch = batch
    self.threads = threads
    self.stop = stop
  }

  /// The records of `items`, in their order; none when stopped.
  func records(for items: [InputItem]) -> [InputRecord<Answer>]? {
    var outcomes: [InputRecord<Answer>.Outcome?] = []
    var pictures: [(item: Int, size: PixelSize)] = []
    var opened = items.first.map(OpenedItem.init)
    for (index, item) in items.enumerated() {
      if stop.isRaised { return nil }
      // The next file comes from the disk while this one is decoded.
      let following = index + 1 < items.count ? OpenedItem(items[index + 1]) : nil
      let current = opened ?? OpenedItem(item)
      opened = following
      do throws(ItemFailure) {
        let size = try load(current, picture: pictures.count)
        pictures.append((index, size))
        outcomes.append(nil)
      } catch {
        outcomes.append(.failed(error))
      }
    }
    if stop.isRaised { return nil }
    if let pass, !pictures.isEmpty {
      pass.forward(count: pictures.count)
      for (index, picture) in pictures.enumerated() {
        do throws(ItemFailure) {
          outcomes[picture.item] = .answered(size: picture.size, try pass.answer(index))
        } catch {
          outcomes[picture.item] = .failed(error)
        }
      }
    }
    return zip(items, outcomes).map { item, outcome in
      InputRecord(
        path: item.path, archive: item.archive, outcome: outcome ?? .failed(.lost))
    }
  }

  /// Reads, decodes and prepares one input as the picture at `index`.
  ///
  /// - Returns: its full size.
  private func load(_ opened: consuming OpenedItem, picture index: Int) throws(ItemFailure)
    -> PixelSize
  {
    let picture = try picture(opened)
    let pass = self.pass ?? pipeline.makePass(batch, threads)
    self.pass = pass
    pass.write(picture, to: index)
    return picture.fullSize
  }

  private func picture(_ opened: consuming OpenedItem) throws(ItemFailure) -> Picture {
    let memory = FileMemory(pipeline.memory, size: opened.size)
    defer {
      // A large buffer is not kept, so that one huge file does not take memory all the time.
      if buffer.count > FileMemory.largestSmallFile { buffer = [] }
      memory.end()
    }
    let pictures = pipeline.pictures
    let count = try opened.read(
      into: &buffer, limits: pipeline.options, stop: stop, isWanted: pictures.isPicture)
    guard count > 0 else { throw ItemFailure(.empty, "the file is empty") }
    return try pictures.picture(from: buffer.span.extracting(0..<count), memory: memory)
  }
}

/// An input whose file is open, and is being fetched from the disk.
private enum OpenedItem: ~Copyable {
  case file(InputFile)
  case member(RandomAccessFile, offset: Int, count: Int)
  case bytes(MemberBytes)
  case stream(ByteStream)
  case failed(ItemFailure)

  init(_ item: InputItem) {
    switch item.content {
    case .stream(let stream): self = .stream(stream)
    case .bytes(let bytes): self = .bytes(bytes)
    case .failed(let failure): self = .failed(failure)
    case .member(let archive, let offset, let count):
      do {
        self = .member(try RandomAccessFile(opening: archive), offset: offset, count: count)
      } catch {
        self = .failed(ItemFailure(error))
      }
    case .file:
      do {
        let file = try InputFile(opening: item.path)
        file.readAhead()
        self = .file(file)
      } catch {
        self = .failed(ItemFailure(opening: item.path, error))
      }
    }
  }

  /// In bytes; nil where it is not known before all of it is read.
  var size: Int? {
    switch self {
    case .file(let file): file.size
    case .member(_, _, let count): count
    case .bytes(let bytes): bytes.count
    case .stream: nil
    case .failed: 0
    }
  }

  /// Reads all of it to the front of `buffer`; of what is not wanted, the beginning.
  consuming func read(
    into buffer: inout [UInt8], limits: ClassifierOptions, stop: StopFlag,
    isWanted: (Span<UInt8>) -> Bool
  ) throws(ItemFailure) -> Int {
    let limit = min(limits.readLimit, limits.maxMemory)
    let deadline = Deadline(after: limits.timeLimit)
    switch consume self {
    case .failed(let failure): throw failure
    case .file(let file):
      do throws(SystemError) {
        return try file.read(
          into: &buffer, limit: limit, stop: stop, deadline: deadline, isWanted: isWanted)
      } catch {
        throw ItemFailure(reading: error, limits)
      }
    case .member(let file, let offset, let count):
      do throws(SystemError) {
        guard count <= limit else { throw .tooLarge(path: file.path, limit: limit) }
        guard try file.read(at: offset, count: count, into: &buffer) == count else {
          throw .endOfFile(reading: file.path)
        }
        return count
      } catch {
        throw ItemFailure(reading: error, limits)
      }
    case .bytes(let bytes):
      buffer = bytes.take()
      return buffer.count
    case .stream(let stream):
      do throws(SystemError) {
        return try stream.readAll(
          into: &buffer, limit: limit, deadline: deadline, isWanted: isWanted)
      } catch {
        throw ItemFailure(reading: error, limits)
      }
    }
  }
}

extension ItemFailure {
  fileprivate init(reading error: SystemError, _ limits: ClassifierOptions) {
    if case .tooLarge = error, limits.maxMemory < limits.readLimit {
      self = .fileTooLarge(forMemory: limits.maxMemory)
    } else if case .timedOut = error, let limit = limits.timeLimit {
      self = .tookTooLong("read", limit)
    } else {
      self.init(error)
    }
  }
}
