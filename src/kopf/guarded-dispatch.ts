/** Checks once more, after the connection is open and before anything is sent, whether a request may be sent. */
import { DecoratorHandler, type Dispatcher } from "undici";

/**
 * A request may wait for credentials, a connection or a Retry-After, and the process may be paused at any of them. When
 * `mayBeSent` returns false, throws `refusal()` and sends nothing.
 */
export const guardedBy =
  (mayBeSent: () => boolean, refusal: () => Error): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, new GuardedHandler(handler, mayBeSent, refusal));

class GuardedHandler extends DecoratorHandler {
  readonly #mayBeSent: () => boolean;
  readonly #refusal: () => Error;
  readonly #handler: Dispatcher.DispatchHandler;

  constructor(handler: Dispatcher.DispatchHandler, mayBeSent: () => boolean, refusal: () => Error) {
    super(handler);
    this.#handler = handler;
    this.#mayBeSent = mayBeSent;
    this.#refusal = refusal;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    if (this.#mayBeSent()) this.#handler.onRequestStart?.(controller, context);
    else controller.abort(this.#refusal());
  }
}
