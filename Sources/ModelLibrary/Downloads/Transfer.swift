import System
import Tensors

/// One attempt to fetch a file from one address. It begins where the last attempt stopped.
final class Transfer: HTTPReceiver {
  /// Why an attempt ended early.
  enum Failure: Error {
    /// This address cannot deliver the file.
    case address(String)
    /// The connection broke. Another attempt may continue from here.
    case connection(String)
    /// The server cannot continue the part that has been fetched.
    case mustStartOver
    case disk(SystemError)
    case stopped
  }

  private let part: PartialFile
  private let size: Int
  private let patience: Int
  private let stop: StopFlag?
  private let report: (PullEvent) -> Void
  /// Why the data that came was refused.
  private var refusal: Failure?

  init(
    _ part: PartialFile, size: Int, patience: Int, stop: StopFlag?,
    report: @escaping (PullEvent) -> Void
  ) {
    self.part = part
    self.size = size
    self.patience = patience
    self.stop = stop
    self.report = report
  }

  /// Fetches until the part is complete.
  func run(from address: DownloadAddress) throws(Failure) {
    switch address {
    case .network(let url): try download(url)
    case .file(let path): try copy(path)
    }
    if !part.isComplete { throw .connection(HTTPError.cutOff.description) }
  }

  private func download(_ url: String) throws(Failure) {
    var download = HTTPDownload(url: url)
    download.offset = part.size
    download.stallTimeout = patience
    download.connectTimeout = min(download.connectTimeout, patience)
    do {
      try download.run(into: self, stop: stop)
    } catch {
      if let refusal { throw refusal }
      switch error {
      case .status(416): throw .mustStartOver
      case .stopped: throw .stopped
      case .status, .noLibrary: throw .address(error.description)
      case .cutOff, .timedOut, .failed: throw .connection(error.description)
      }
    }
  }

  private func copy(_ path: RawPath) throws(Failure) {
    let storage: Storage
    do {
      storage = try ModelLibrary.map(path)
    } catch {
      throw .address(error.description)
    }
    guard start(.init(offset: part.size, total: storage.count)) else {
      throw refusal ?? .stopped
    }
    let partLength = 1 << 20
    while part.size < storage.count {
      let end = min(part.size + partLength, storage.count)
      guard storage.withBytes(part.size..<end, receive) else { throw refusal ?? .stopped }
    }
  }

  /// Checks whether the data that the server is about to send continues the part.
  func start(_ start: HTTPDownload.Start) -> Bool {
    if let total = start.total, total != size {
      refusal = .address("the file there has \(total) bytes, not \(size)")
    } else if start.offset == 0, part.size > 0 {
      // The server cannot resume, and sends the whole file.
      do {
        try part.startOver()
      } catch {
        refusal = .disk(error)
      }
    } else if start.offset != part.size {
      refusal = .mustStartOver
    }
    return refusal == nil
  }

  func receive(_ bytes: Span<UInt8>) -> Bool {
    guard part.size + bytes.count <= size else {
      refusal = .address("the file there has more than \(size) bytes")
      return false
    }
    do {
      try part.append(bytes)
    } catch {
      refusal = .disk(error)
      return false
    }
    report(.progress(received: part.size, total: size))
    if stop?.isRaised ?? false { refusal = .stopped }
    return refusal == nil
  }
}
