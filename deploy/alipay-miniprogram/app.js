// Nothing happens before the page is shown: a resident agrees there to who they are.
App({});
