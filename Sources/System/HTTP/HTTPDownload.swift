import CCurl

/// A file to be fetched over HTTP or HTTPS, through the proxies that the environment names.
public struct HTTPDownload: Sendable {
  public let url: String
  /// Bytes that are there already: the server is asked for those behind them.
  public var offset = 0
  public var connectTimeout = 15
  /// How many seconds may pass with less than a byte each.
  public var stallTimeout = 30

  /// Where in the file the bytes of an answer begin: at 0 where the server cannot resume.
  public struct Start: Sendable, Equatable {
    public let offset: Int
    /// The size of the whole file, where the server says it.
    public let total: Int?

    public init(offset: Int, total: Int?) {
      self.offset = offset
      self.total = total
    }
  }

  public init(url: String) {
    self.url = url
  }

  /// Fetches the file.
  ///
  /// - Throws: ``HTTPError``; what came until then was handed over.
  public func run(into receiver: any HTTPReceiver, stop: StopFlag?) throws(HTTPError) {
    var result = alexnet_curl_result()
    unsafe perform(Context(receiver: receiver, stop: stop), &result)
    let message = unsafe Self.text(of: result)
    switch result.outcome {
    case ALEXNET_CURL_DONE: return
    case ALEXNET_CURL_MISSING: throw .noLibrary
    case ALEXNET_CURL_ABORTED: throw .stopped
    case ALEXNET_CURL_STATUS: throw .status(result.status)
    case ALEXNET_CURL_CUT_OFF: throw .cutOff
    case ALEXNET_CURL_TIMED_OUT: throw .timedOut
    default: throw .failed(message)
    }
  }

  private static let userAgent = "alexnet"

  @unsafe private func perform(_ target: Context, _ result: inout alexnet_curl_result) {
    // SAFETY: `target` and the texts outlive the call, in which alone they are used.
    unsafe url.withCString { url in
      unsafe Self.userAgent.withCString { userAgent in
        var request = unsafe alexnet_curl_request()
        unsafe request.url = url
        unsafe request.user_agent = userAgent
        unsafe request.offset = Int64(offset)
        unsafe request.connect_timeout_seconds = connectTimeout
        unsafe request.stall_timeout_seconds = stallTimeout
        unsafe request.context = Unmanaged.passUnretained(target).toOpaque()
        unsafe request.on_start = { context, offset, total in
          unsafe Context.at(context).start(offset: offset, total: total) ? 0 : 1
        }
        unsafe request.on_bytes = { context, bytes, count in
          let part = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
          return unsafe Context.at(context).receive(part) ? 0 : 1
        }
        unsafe request.should_stop = { context in unsafe Context.at(context).isStopped ? 1 : 0 }
        withExtendedLifetime(target) { unsafe alexnet_curl_download(&request, &result) }
      }
    }
  }

  /// libcurl's words, without line ends.
  @unsafe private static func text(of result: alexnet_curl_result) -> String {
    var message = result.message
    // SAFETY: the array ends with a zero.
    let text = unsafe withUnsafeBytes(of: &message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return String(text.filter { !$0.isNewline })
  }
}

/// Takes what an ``HTTPDownload`` fetches.
public protocol HTTPReceiver: AnyObject {
  /// Called once, before the first byte; false ends the download.
  func start(_ start: HTTPDownload.Start) -> Bool
  /// Called with each part, in order; false ends the download.
  func receive(_ bytes: Span<UInt8>) -> Bool
}

/// What the callbacks of C reach through their context.
private final class Context {
  private let receiver: any HTTPReceiver
  private let stop: StopFlag?

  init(receiver: any HTTPReceiver, stop: StopFlag?) {
    self.receiver = receiver
    self.stop = stop
  }

  @unsafe static func at(_ context: UnsafeMutableRawPointer?) -> Context {
    // SAFETY: this is the object that `perform` passed on and keeps alive.
    unsafe Unmanaged<Context>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
  }

  var isStopped: Bool { stop?.isRaised ?? false }

  func start(offset: Int64, total: Int64) -> Bool {
    receiver.start(.init(offset: Int(offset), total: total < 0 ? nil : Int(total)))
  }

  @unsafe func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // SAFETY: libcurl keeps the bytes for the length of the call.
    unsafe receiver.receive(Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))
  }
}
